//! An APIService that leads to no Service, or to one that leads to no Pod.

use serde_json::json;

use crate::lint::facts::api_service_patch;
use crate::lint::facts::extension::{behind, places_not_behind, service_of, without_api_service};
use crate::lint::prelude::*;
use crate::model::selects;
use crate::source::resource::{Service, is_template};

pub(super) static RULE: Rule = Rule {
    id: "apiservice-service-missing",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/apiservice-service-missing.md"),
    checks: &[Check::ApiService(|service, context| judge(service, context).into())],
};

fn judge(api_service: &ApiService, context: &Context<'_>) -> Result<Vec<Finding>, Outcome> {
    let service = match service_of(api_service, context) {
        Ok(service) => service,
        Err(why) => {
            let Some(other) = meant(api_service, context) else { return Err(why) };
            if may_be_renamed(api_service, other, context) {
                let why = format!("kustomize may give {} the name or the namespace that is asked for", other.object);
                return Err(Reason::undecided(why).at(&other.object.name.origin).into());
            }
            return Ok(vec![missing(api_service, other)]);
        }
    };
    let endpoints: Vec<_> = context.objects.endpoints_of(service).collect();
    if !endpoints.is_empty() && endpoints.iter().all(|one| one.ready == 0) {
        return Ok(vec![no_endpoints(api_service, service)]);
    }
    let Some(selector) = service.selector.as_deref() else {
        return Err(Outcome::undecided(format!("{} has no selector here", service.object)));
    };
    if !endpoints.is_empty() || context.objects.selected_by(service).next().is_some() {
        return Ok(Vec::new());
    }
    // Only an API server by its flags can be the one that was meant.
    let of_namespace = |server: &&ExtensionServer| service.object.may_be_in(server.namespace());
    let mut candidates = not_selected_by_any(context).filter(of_namespace);
    let (Some(server), None) = (candidates.next(), candidates.next()) else {
        return Err(Outcome::undecided(format!("no Pod that {} selects is among the objects", service.object)));
    };
    let Some(labels) = server.workload.labels.as_deref() else {
        return Err(Outcome::undecided(format!("the labels of {} are not written out", server.workload.object)));
    };
    if service.is_opaque || selects(selector, labels) {
        return Err(Outcome::undecided(format!("the selector of {} is not written out", service.object)));
    }
    Ok(vec![not_selected(api_service, service, server)])
}

/// A Service that selects an extension API server which no APIService leads to.
fn meant<'a>(api_service: &ApiService, context: &Context<'a>) -> Option<&'a Service> {
    let reference = api_service.service.as_ref()?;
    // A name that a template makes may be that of any Service.
    reference.name.as_ref().filter(|name| !is_template(&name.value))?;
    let [place] = without_api_service(context) else { return None };
    let mut found = context.objects.services().filter(|service| behind(service, context).contains(place));
    match (found.next(), found.next()) {
        (Some(service), None) if !service.object.is_opaque() => Some(service),
        _ => None,
    }
}

/// Whether a `namePrefix`, a `nameSuffix` or a `namespace` of a kustomization makes the Service the one that is asked for.
/// Kubebuilder writes `system` for the namespace. Without either the name of a Helm release is the usual mistake.
fn may_be_renamed(api_service: &ApiService, other: &Service, context: &Context<'_>) -> bool {
    const PLACEHOLDER: &str = "system";
    let Some(wanted) = api_service.service.as_ref().and_then(|reference| reference.name.as_ref()) else { return false };
    let (wanted, own) = (wanted.value.as_str(), other.object.name.value.as_str());
    let is_prefixed = wanted.strip_suffix(own).is_some_and(|prefix| prefix.ends_with('-'));
    let is_suffixed = wanted.strip_prefix(own).is_some_and(|suffix| suffix.starts_with('-'));
    let is_placeholder = other.object.namespace() == Some(PLACEHOLDER);
    let is_renamed = (is_prefixed || is_suffixed) && (is_placeholder || context.objects.may_be_kustomized());
    !other.object.from_cluster && (is_renamed || wanted == own && is_placeholder)
}

/// The extension API servers that no Service selects.
fn not_selected_by_any<'a>(context: &Context<'a>) -> impl Iterator<Item = &'a ExtensionServer> {
    let beside = context.beside;
    let found = || places_not_behind(context.objects.services(), context);
    let places = beside.found.without_service.get_or_init(found);
    places.iter().filter_map(|at| beside.extensions.get(*at)).copied()
}

fn unavailable(name: &str, reason: &str) -> String {
    format!(
        "The APIService is unavailable ({reason}), every request for {name} gets 503, and the deletion of namespaces waits for it."
    )
}

fn missing(api_service: &ApiService, other: &Service) -> Finding {
    let name = &api_service.name.value;
    let reference = api_service.service.as_ref();
    let wanted = |part: Option<&Located<String>>| part.map_or("", |part| part.value.as_str()).to_owned();
    let (namespace, service) = (
        wanted(reference.and_then(|reference| reference.namespace.as_ref())),
        wanted(reference.and_then(|reference| reference.name.as_ref())),
    );
    let own = other.object.namespace().unwrap_or(&namespace);
    let fields = json!({ "namespace": own, "name": other.object.name.value });
    Finding::error(format!("{name} leads to a Service {namespace}/{service}; the server's is {}", other.object))
        .at(reference.map_or(&api_service.name.origin, |reference| &reference.origin), "no such Service is here")
        .related([related(&other.object.name.origin, "this one selects the server")])
        .consequence(unavailable(name, "ServiceNotFound"))
        .fix(api_service_patch::service(format!("Let the APIService lead to {}.", other.object), name, &fields))
        .identity([name.clone(), other.object.to_string()])
}

fn no_endpoints(api_service: &ApiService, service: &Service) -> Finding {
    let name = &api_service.name.value;
    let namespace = service.object.namespace().unwrap_or("default");
    Finding::error(format!("{name}: {} has no Pod that is ready", service.object))
        .at(service.selector_origin.as_ref().unwrap_or(&service.object.name.origin), "selects nothing that is ready")
        .consequence(unavailable(name, "MissingEndpoints"))
        .fix(Fix::from("See why its Pods are not ready, or not there.").command(&[
            "kubectl",
            "describe",
            "endpointslices",
            &format!("--namespace={namespace}"),
            &format!("--selector=kubernetes.io/service-name={}", service.object.name.value),
        ]))
        .identity([name.clone(), service.object.to_string()])
}

fn not_selected(api_service: &ApiService, service: &Service, server: &ExtensionServer) -> Finding {
    let name = &api_service.name.value;
    let object = &server.workload.object;
    Finding::error(format!("{name}: {} does not select the Pods of {object}", service.object))
        .at(service.selector_origin.as_ref().unwrap_or(&service.object.name.origin), "these labels are not the Pods'")
        .related([related(&object.name.origin, "the only extension API server here that no Service selects")])
        .consequence(unavailable(name, "MissingEndpoints"))
        .fix(format!("Let the selector of {} be labels of the Pods of {object}.", service.object))
        .identity([name.clone(), service.object.to_string(), object.to_string()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::Expect;
    use crate::lint::testing::scene::{API_SERVICE, DEPLOYMENT, SERVICE, Scene};
    use crate::model::MOST_SELECTED;

    #[test]
    fn fails_when_the_service_has_another_name() {
        let finding =
            Scene::new().change(API_SERVICE, "    name: api\n", "    name: apiserver\n").check(&RULE).expect_finding();
        assert_eq!(
            finding.fix.commands,
            [
                r#"kubectl patch apiservice v1alpha1.wardle.example.com --type=merge -p '{"spec":{"service":{"namespace":"wardle","name":"api"}}}'"#
            ]
        );
    }

    #[test]
    fn is_unknown_where_kustomize_may_rename_the_service() {
        let named = |name: &str| Scene::new().change(API_SERVICE, "    name: api\n", &format!("    name: {name}\n"));
        for name in ["x-api", "api-x"] {
            named(name).kustomized().check(&RULE).expect_unknown();
            // What kustomize and Helm have made is as it is.
            named(name).check(&RULE).expect_finding();
            // That of a cluster has its name.
            let with_uid = named(name).change(SERVICE, "  name: api\n", "  name: api\n  uid: x\n");
            with_uid.kustomized().check(&RULE).expect_finding();
        }
    }

    #[test]
    fn fails_when_it_selects_other_pods() {
        Scene::new()
            .change(SERVICE, "{app: wardle}", "{app: other}")
            .check(&RULE)
            .expect_finding()
            .says("does not select the Pods of Deployment wardle/wardle-server");
    }

    /// With a server of another API, its Service and its APIService beside it.
    #[test]
    fn tells_the_servers_of_several_apis_apart() {
        let other = |scene: &Scene| {
            let texts = [DEPLOYMENT, SERVICE, API_SERVICE].map(|document| scene.text_of(document));
            let text =
                texts.join("---\n").replace("app: wardle", "app: second").replace("name: wardle-", "name: second-");
            text.replace("name: api\n", "name: second\n").replace("wardle.example.com", "second.example.com")
        };
        let scene = Scene::new();
        let scene = scene.clone().add(&other(&scene));
        scene.check(&RULE).expect_pass();
        let selects = scene.clone().change(SERVICE, "{app: wardle}", "{app: other}");
        selects.check(&RULE).expect_finding().says("does not select the Pods of Deployment wardle/wardle-server");
        let named = scene.change(API_SERVICE, "    name: api\n", "    name: apiserver\n");
        named.check(&RULE).expect_finding().says("the server's is Service wardle/api");
    }

    const SLICE: &str = "kind: EndpointSlice\napiVersion: discovery.k8s.io/v1\nmetadata:\n  name: api-x\n  namespace: wardle\n  \
                         labels: {kubernetes.io/service-name: api}\nendpoints:\n- addresses: [10.0.0.1]\n  conditions: {ready: false}\n";

    #[test]
    fn fails_when_no_pod_is_ready() {
        Scene::new().add(SLICE).check(&RULE).expect_finding().says("has no Pod that is ready");
    }

    #[test]
    fn passes_when_it_leads_to_the_server() {
        Scene::new().check(&RULE).expect_pass();
        Scene::new().add(&SLICE.replace("false", "true")).check(&RULE).expect_pass();
    }

    #[test]
    fn is_unknown_where_the_rest_is_not_here() {
        Scene::new().without(SERVICE).check(&RULE).expect_unknown();
        Scene::new().without(DEPLOYMENT).check(&RULE).expect_unknown();
    }

    #[test]
    fn is_unknown_where_a_service_selects_more_than_are_looked_at() {
        let others = |count: usize| {
            let pod = |number: usize| {
                let metadata = format!("{{name: p{number}, namespace: other, labels: {{app: many}}}}");
                format!(
                    "---\napiVersion: v1\nkind: Pod\nmetadata: {metadata}\nspec: {{containers: [{{image: metrics-server}}]}}\n"
                )
            };
            let service = "kind: Service\napiVersion: v1\nmetadata: {name: many, namespace: other}\nspec: {selector: {app: many}}\n";
            service.to_owned() + &(0..count).map(pod).collect::<String>()
        };
        // The server's own Service selects nothing, and so the one server that no Service selects is the one that was meant.
        let scene = || Scene::new().change(SERVICE, "{app: wardle}", "{app: other}");
        scene().add(&others(MOST_SELECTED - 1)).check(&RULE).expect_finding();
        scene().add(&others(MOST_SELECTED + 1)).check(&RULE).expect_unknown();
    }

    #[test]
    fn does_not_apply_to_an_api_that_kube_apiserver_serves() {
        let service = "  service:\n    name: api\n    namespace: wardle\n";
        Scene::new().change(API_SERVICE, service, "").check(&RULE).expect_not_applicable();
    }
}
