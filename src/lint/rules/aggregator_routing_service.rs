//! A Service that kube-apiserver cannot route to.

use crate::lint::facts::extension::service_of;
use crate::lint::prelude::*;
use crate::model::{Cause, Setting};
use crate::source::resource::Service;

pub(super) static RULE: Rule = Rule {
    id: "aggregator-routing-service",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/aggregator-routing-service.md"),
    checks: &[Check::ApiService(|service, context| judge(service, context).into())],
};

fn judge(api_service: &ApiService, context: &Context<'_>) -> Result<Vec<Finding>, Outcome> {
    let service = service_of(api_service, context)?;
    let is_external = service.kind.as_ref().filter(|kind| kind.value == "ExternalName");
    let is_headless = service.cluster_ip.as_ref().filter(|address| address.value == "None");
    let (origin, needs_routing) = match (is_external, is_headless) {
        (Some(kind), _) => (&kind.origin, false),
        (None, Some(address)) => (&address.origin, true),
        (None, None) => return Ok(Vec::new()),
    };
    let servers = &context.beside.servers;
    if servers.is_empty() {
        return Err(Outcome::undecided("no kube-apiserver is here, whose --enable-aggregator-routing decides"));
    }
    let mut findings = Vec::new();
    for server in servers {
        if routes(server)? != needs_routing {
            findings.push(finding(api_service, service, origin, server, needs_routing));
            break;
        }
    }
    Ok(findings)
}

/// Whether it connects to Pods, and not to the Service.
fn routes(server: &Setup) -> Result<bool, Outcome> {
    const FLAG: &str = "--enable-aggregator-routing";
    match &server.options.enable_aggregator_routing {
        Setting::Given(given) => Ok(given.value.value),
        Setting::Opaque(expression) => Err(Reason::expression(expression).about(FLAG).into()),
        Setting::Absent => match &server.options.fragment {
            Some(_) => Err(Reason::new(Cause::Undecided("only a part of kube-apiserver's flags is here".to_owned()))
                .about(FLAG)
                .into()),
            None => Ok(false),
        },
    }
}

fn finding(
    api_service: &ApiService,
    service: &Service,
    origin: &Origin,
    server: &Setup,
    needs_routing: bool,
) -> Finding {
    let name = &api_service.name.value;
    let flag = server.options.enable_aggregator_routing.origin().unwrap_or(&server.invocation.origin);
    let (message, label, place, words) = if needs_routing {
        (
            format!(
                "{name}: {} is headless, and kube-apiserver connects to the address of the Service",
                service.object
            ),
            "there is no address",
            "without --enable-aggregator-routing",
            "cannot route to service with ClusterIP \"None\"",
        )
    } else {
        (
            format!("{name}: {} is a name elsewhere, and kube-apiserver connects to Pods", service.object),
            "there are no Pods behind it",
            "with --enable-aggregator-routing",
            "unsupported service type \"ExternalName\"",
        )
    };
    let fix = if needs_routing {
        Fix::from("Give the Service an address of its own: take `clusterIP: None` away and create it anew.")
    } else {
        Fix::from("Make it a Service of the type ClusterIP, with EndpointSlices that name the addresses.")
    };
    Finding::error(message)
        .at(origin, label)
        .related([related(flag, place)])
        .consequence(format!(
            "kube-apiserver says `{words}`; the APIService is unavailable, and every request for {name} gets 503."
        ))
        .fix(fix)
        .identity([name.clone(), service.object.to_string()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::Expect;
    use crate::lint::testing::scene::{SERVICE, Scene};

    fn with_server(flag: &str) -> Scene {
        let pod = format!(
            "kind: Pod\napiVersion: v1\nmetadata: {{name: kube-apiserver, namespace: kube-system}}\nspec:\n  containers:\n  - name: kube-apiserver\n    image: x\n    command: [kube-apiserver, --etcd-servers=x{flag}]\n"
        );
        Scene::new().add(&pod)
    }

    const HEADLESS: (&str, &str) = ("  ports:", "  clusterIP: None\n  ports:");
    const EXTERNAL: (&str, &str) = ("  ports:", "  type: ExternalName\n  externalName: x.example.com\n  ports:");

    #[test]
    fn fails_when_kube_apiserver_goes_the_other_way() {
        with_server("")
            .change(SERVICE, HEADLESS.0, HEADLESS.1)
            .check(&RULE)
            .expect_finding()
            .explains("cannot route to service");
        let external = with_server(", --enable-aggregator-routing=true").change(SERVICE, EXTERNAL.0, EXTERNAL.1);
        assert!(external.check(&RULE).expect_finding().consequence.contains("unsupported service type"));
    }

    #[test]
    fn passes_when_it_can_be_reached() {
        Scene::new().check(&RULE).expect_pass();
        with_server("").change(SERVICE, EXTERNAL.0, EXTERNAL.1).check(&RULE).expect_pass();
        with_server(", --enable-aggregator-routing").change(SERVICE, HEADLESS.0, HEADLESS.1).check(&RULE).expect_pass();
    }

    #[test]
    fn is_unknown_without_the_server_that_decides() {
        Scene::new().change(SERVICE, HEADLESS.0, HEADLESS.1).check(&RULE).expect_unknown();
    }

    #[test]
    fn does_not_apply_to_an_api_that_kube_apiserver_serves() {
        let service = "  service:\n    name: api\n    namespace: wardle\n";
        Scene::new().change(crate::lint::testing::scene::API_SERVICE, service, "").check(&RULE).expect_not_applicable();
    }
}
