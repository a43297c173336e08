//! An APIService that leads to a port where nobody listens.

use serde_json::json;

use crate::lint::facts::api_service_patch;
use crate::lint::facts::extension::{place, servers_of, service_of};
use crate::lint::prelude::*;
use crate::source::resource::{Endpoints, Service, ServicePort, TargetPort, is_template};

pub(super) static RULE: Rule = Rule {
    id: "apiservice-port",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/apiservice-port.md"),
    checks: &[Check::ApiService(|service, context| judge(service, context).into())],
};

fn judge(api_service: &ApiService, context: &Context<'_>) -> Result<Vec<Finding>, Outcome> {
    let service = service_of(api_service, context)?;
    if service.is_external_name() {
        return Err(not_applicable("a Service of the type ExternalName has no ports"));
    }
    let given = api_service.service.as_ref().and_then(|reference| reference.port.as_ref());
    let way = Way { api_service, service, given, port: given.map_or(ApiService::DEFAULT_PORT, |port| port.value) };
    let Some(target) = service.target(way.port) else {
        if let Some(other) = service.ports.iter().find(|own| own.port.value == way.port) {
            return Ok(vec![way.not_tcp(other)]);
        }
        if service.is_opaque || service.ports.is_empty() {
            return Err(Outcome::undecided(format!("the ports of {} are not written out", service.object)));
        }
        return Ok(vec![way.no_such_port()]);
    };
    if let Some(finding) = service.port(way.port).and_then(|port| way.no_such_endpoint(port, context)) {
        return Ok(vec![finding]);
    }
    let mut findings = Vec::new();
    for server in servers_of(api_service, context)? {
        findings.extend(way.nobody_listens(server, &target)?);
    }
    Ok(findings)
}

/// From an APIService through a port of its Service.
struct Way<'a> {
    api_service: &'a ApiService,
    service: &'a Service,
    /// `None`: the default.
    given: Option<&'a Located<u16>>,
    port: u16,
}

impl Way<'_> {
    fn name(&self) -> &str {
        &self.api_service.name.value
    }

    fn finding(&self, message: &str, origin: &Origin, label: &str, fix: Fix, identity: String) -> Finding {
        let name = self.name();
        Finding::error(format!("{name}: {message}"))
            .at(origin, label)
            .consequence(format!("The APIService is unavailable, and every request for {name} gets 503."))
            .fix(fix)
            .identity([name.to_owned(), identity])
    }

    fn no_such_port(&self) -> Finding {
        let Self { api_service, service, given, port } = self;
        let name = self.name();
        let has: Vec<String> = service.ports.iter().map(|port| port.port.value.to_string()).collect();
        let reference = api_service.service.as_ref().map(|reference| &reference.origin);
        let origin = given.map(|given| &given.origin).or(reference).unwrap_or(&api_service.name.origin);
        let default = if given.is_none() { ", which is the default" } else { "" };
        let fix = match service.ports.as_slice() {
            [only] => {
                let fields = json!({ "port": only.port.value });
                api_service_patch::service("Name the port that the Service has.", name, &fields)
            }
            _ => {
                Fix::from(format!("Give {name} the port of {} that leads to the server's HTTPS port.", service.object))
            }
        };
        let has = service.ports.first().map(|one| related(&one.port.origin, format!("has {}", has.join(", "))));
        let message = format!("{} has no port {port}{default}", service.object);
        self.finding(&message, origin, &format!("asks for port {port}"), fix, port.to_string())
            .related(has)
            .consequence(format!(
                "The APIService is unavailable (ServicePortError), and every request for {name} gets 503."
            ))
    }

    /// kube-apiserver looks for the number alone, and finds a port of another protocol.
    fn not_tcp(&self, port: &ServicePort) -> Finding {
        let (object, number) = (&self.service.object, port.port.value);
        let written = port.protocol.as_ref();
        let protocol = written.map_or("", |written| written.value.as_str());
        self.finding(
            &format!("port {number} of {object} is of the protocol {protocol}, and HTTPS needs TCP"),
            written.map_or(&port.port.origin, |written| &written.origin),
            "no connection is made there",
            Fix::from(format!("Take the protocol of that port of {object} away: TCP is the default.")),
            number.to_string(),
        )
    }

    /// Endpoints that somebody writes by hand belong to a Service's port by its name (`RandomEndpoint` of k8s.io/apiserver's
    /// `util/proxy`, and kube-proxy).
    fn no_such_endpoint(&self, port: &ServicePort, context: &Context<'_>) -> Option<Finding> {
        let service = self.service;
        let by_hand = service.selector.is_none() && !service.is_opaque;
        let all: Vec<&Endpoints> = context.objects.endpoints_of(service).filter(|_| by_hand).collect();
        let wanted = port.name.as_deref().unwrap_or_default();
        let names: Vec<&str> =
            all.iter().flat_map(|one| &one.ports).map(|name| name.as_deref().unwrap_or_default()).collect();
        let is_known = !is_template(wanted) && !names.iter().any(|name| is_template(name));
        if names.is_empty() || names.contains(&wanted) || !is_known {
            return None;
        }
        let called = |name: &str| if name.is_empty() { "no name".to_owned() } else { format!("the name {name}") };
        let (number, object) = (port.port.value, &all.first()?.object);
        let message = format!(
            "no endpoint belongs to port {number} of {}, which has {}: those of {object} have {}",
            service.object,
            called(wanted),
            called(names.first()?)
        );
        let fix = Fix::from(format!("Give the port of {object} the name that the port of {} has.", service.object));
        let label = format!("has {}", called(wanted));
        Some(
            self.finding(&message, &port.port.origin, &label, fix, number.to_string())
                .related([related(&object.name.origin, "its ports have other names")])
                .identity([self.name().to_owned(), number.to_string(), object.to_string()]),
        )
    }

    /// The Service's port leads to another one than the server's.
    fn nobody_listens(&self, server: &ExtensionServer, target: &TargetPort) -> Result<Option<Finding>, Outcome> {
        let containers = &server.workload.containers;
        let (number, place) = match target {
            TargetPort::Number(number) => (*number, None),
            TargetPort::Name(name) => {
                let mut declared = containers.iter().flat_map(|container| &container.ports);
                let Some((_, port)) = declared.find(|(own, _)| own.as_deref() == Some(name)) else {
                    complete(&server.setup)?;
                    if containers.iter().any(|container| container.has_opaque_ports) {
                        return Err(Reason::undecided(format!("a template says which port is called {name}")).into());
                    }
                    let why = format!("no container has a port called {name}");
                    return Ok(Some(self.leads_nowhere(server, &why, None)));
                };
                (port.value, Some(&port.origin))
            }
        };
        // Another container, a proxy for example, may listen there.
        let mut others = containers.iter().enumerate().filter(|(at, _)| *at != server.container);
        if others.any(|(_, container)| container.declares(&TargetPort::Number(number))) {
            return Ok(None);
        }
        let delegating = &server.setup.options.delegating;
        if let (Some(address), Some(origin)) = (delegating.bind_address.path(), delegating.bind_address.origin()) {
            let is_local = address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
            if is_local && containers.len() == 1 {
                let why = format!("the server listens on {address} alone, which nothing outside of its Pod reaches");
                return Ok(Some(self.leads_nowhere(server, &why, Some(origin))));
            }
        }
        let secure_port = &delegating.secure_port;
        let (Some(listens), Some(origin)) = (secure_port.path(), secure_port.origin()) else {
            return match secure_port.origin() {
                Some(place) => Err(Reason::undecided("--secure-port is an expression").at(place).into()),
                None => Ok(self.listens_by_default(server, number)),
            };
        };
        if listens == number.to_string() {
            return Ok(None);
        }
        if containers.len() > 1 {
            let why = format!("which of several containers listens on {number} is not told");
            return Err(Reason::undecided(why).at(origin).into());
        }
        let why = format!("it leads to port {number}, and the server listens on {listens}");
        Ok(Some(self.leads_nowhere(server, &why, Some(place.unwrap_or(origin)))))
    }

    /// Without `--secure-port` a `containerPort` changes nothing: it says where the author believes the server to listen.
    fn listens_by_default(&self, server: &ExtensionServer, number: u16) -> Option<Finding> {
        let listens = server.default_port().filter(|own| *own != number && complete(&server.setup).is_ok())?;
        if server.workload.containers.len() > 1 {
            return None;
        }
        let why = format!("it leads to port {number}, and without --secure-port the server listens on {listens}");
        let fix =
            Fix::from("Let the server listen where the Service leads to.").flag(format!("--secure-port={number}"));
        Some(self.leads_nowhere(server, &why, Some(&place(server))).fix(fix))
    }

    fn leads_nowhere(&self, server: &ExtensionServer, why: &str, place: Option<&Origin>) -> Finding {
        let Self { api_service, service, port, .. } = self;
        let own = service.port(*port);
        let target = own.map(|own| own.target.as_ref().map_or(&own.port.origin, |target| &target.origin));
        let fix = if api_service.is_made_by_olm() {
            Fix::from("Let containerPort of the API in `apiservicedefinitions` be the server's --secure-port.")
        } else {
            Fix::from(format!("Let the targetPort of {} be the server's --secure-port.", service.object))
        };
        let object = &server.workload.object;
        let message = format!("port {port} of {} leads nowhere in {object}: {why}", service.object);
        let origin = target.unwrap_or(&service.object.name.origin);
        self.finding(&message, origin, "nobody listens there", fix, object.to_string())
            .related(place.map(|place| related(place, "the server's side")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::Expect;
    use crate::lint::testing::scene::{API_SERVICE, DEPLOYMENT, SERVICE, Scene};

    #[test]
    fn fails_when_the_service_lacks_the_port() {
        let finding = Scene::new().change(SERVICE, "port: 443", "port: 8443").check(&RULE).expect_finding();
        assert_eq!(
            finding.fix.commands,
            [
                r#"kubectl patch apiservice v1alpha1.wardle.example.com --type=merge -p '{"spec":{"service":{"port":8443}}}'"#
            ]
        );
        let given = Scene::new().change(API_SERVICE, "    name: api\n", "    name: api\n    port: 8443\n");
        assert_eq!(given.check(&RULE).expect_finding().origin.source(), "8443");
    }

    #[test]
    fn passes_when_it_leads_to_the_server_or_a_proxy_beside_it() {
        Scene::new().check(&RULE).expect_pass();
        let proxy =
            "      - name: proxy\n        image: proxy:1\n        ports: [{containerPort: 9443}]\n      volumes:\n";
        let proxied = Scene::new().change(DEPLOYMENT, "      volumes:\n", proxy);
        for (scene, document, from, to, expected) in [
            (Scene::new(), SERVICE, "targetPort: https", "targetPort: 8443", "pass"),
            (Scene::new(), SERVICE, "targetPort: https", "targetPort: web", "error: leads nowhere"),
            (Scene::new(), SERVICE, "targetPort: https", "targetPort: 443", "error: leads nowhere"),
            (Scene::new(), SERVICE, "    targetPort: https\n", "", "error: leads nowhere"),
            (Scene::new(), DEPLOYMENT, "--secure-port=8443", "--secure-port=6443", "error: leads nowhere"),
            (proxied.clone(), SERVICE, "targetPort: https", "targetPort: 9443", "pass"),
            // It may listen there, too, and not say so.
            (proxied, SERVICE, "targetPort: https", "targetPort: 9444", "unknown"),
            (Scene::new(), SERVICE, "  ports:", "  type: ExternalName\n  ports:", "not applicable"),
        ] {
            scene.change(document, from, to).check(&RULE).expect_as(expected);
        }
        Scene::new().without(SERVICE).check(&RULE).expect_unknown();
    }

    #[test]
    fn fails_when_the_server_listens_on_its_own_host_alone_or_the_port_is_not_tcp() {
        for (address, expected) in [
            ("127.0.0.1", "error: listens on 127.0.0.1 alone"),
            ("::1", "error: listens on ::1 alone"),
            ("0.0.0.0", "pass"),
        ] {
            Scene::new().flag(&format!("--bind-address={address}")).check(&RULE).expect_as(expected);
        }
        let udp = Scene::new().change(SERVICE, "- port: 443\n", "- port: 443\n    protocol: UDP\n");
        assert_eq!(udp.check(&RULE).expect_finding().origin.source(), "UDP");
        let both = udp.change(SERVICE, "  ports:\n", "  ports:\n  - {port: 443, targetPort: https, protocol: TCP}\n");
        both.check(&RULE).expect_pass();
    }

    /// What a container declares opens no port.
    #[test]
    fn fails_when_the_default_of_a_known_program_is_not_where_it_leads() {
        let scene = Scene::new().without_flag("--secure-port=8443");
        let finding = scene.check(&RULE).expect_finding();
        assert!(finding.message.ends_with("without --secure-port the server listens on 443"), "{}", finding.message);
        assert_eq!(finding.fix.flags, ["--secure-port=8443"]);
        let run = |image: &str| {
            let scene = Scene::new().without_flag("--secure-port=8443");
            scene.change(DEPLOYMENT, "image: sample-apiserver:1.37", &format!("image: {image}"))
        };
        let metrics = run("k8s/metrics-server:v0.8.0");
        metrics.check(&RULE).expect_finding();
        metrics.change(SERVICE, "targetPort: https", "targetPort: 443").check(&RULE).expect_pass();
        run("some-apiserver:2").check(&RULE).expect_pass();
    }

    #[test]
    fn fails_when_endpoints_by_hand_are_of_a_port_of_another_name() {
        let slice = |port: &str| {
            let service = Scene::new().without(DEPLOYMENT).change(SERVICE, "  selector: {app: wardle}\n", "");
            let service = service.change(SERVICE, "- port: 443\n", "- port: 443\n    name: https\n");
            service.add(&format!(
                "kind: EndpointSlice\napiVersion: discovery.k8s.io/v1\nmetadata:\n  name: api-1\n  namespace: wardle\n  \
                 labels: {{kubernetes.io/service-name: api}}\naddressType: IPv4\nports: [{port}]\nendpoints: \
                 [{{addresses: [10.0.0.1]}}]\n"
            ))
        };
        for (port, expected) in [
            (
                "{name: tls, port: 8443}",
                "error: which has the name https: those of EndpointSlice wardle/api-1 have the name tls",
            ),
            ("{port: 8443}", "error: have no name"),
            // Nobody knows the server behind it.
            ("{name: https, port: 8443}", "unknown"),
            ("", "unknown"),
        ] {
            slice(port).check(&RULE).expect_as(expected);
        }
    }
}
