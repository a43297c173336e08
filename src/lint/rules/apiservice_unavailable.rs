//! An extension server that kube-apiserver cannot ask, as the cluster itself says.

use crate::kubernetes::availability::{Cause, Flaw, Obstacle};
use crate::lint::prelude::*;
use crate::source::{ApiServerView, Condition};

pub(super) static RULE: Rule = Rule {
    id: "apiservice-unavailable",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/apiservice-unavailable.md"),
    checks: &[Check::ApiService(check)],
};

fn check(service: &ApiService, context: &Context<'_>) -> Outcome {
    if service.is_local() {
        return not_applicable("kube-apiserver serves this API itself");
    }
    let views = Views::of(service, context);
    if service.available.is_none() && views.asked.is_empty() {
        return not_applicable("no condition of it was read from a cluster");
    }
    if said(service).is_none() && views.without.is_empty() {
        return Outcome::Pass;
    }
    finding(service, &views).into()
}

/// The condition, where it is not true.
fn said(service: &ApiService) -> Option<&Condition> {
    service.available.as_ref().filter(|condition| condition.status.value == "False")
}

/// What the API servers say, each for itself.
struct Views<'a> {
    asked: Vec<&'a ApiServerView>,
    /// Those that find it unavailable, and where they say so.
    without: Vec<(&'a ApiServerView, &'a Origin)>,
}

impl<'a> Views<'a> {
    fn of(service: &ApiService, context: &Context<'a>) -> Self {
        let asked: Vec<&ApiServerView> =
            context.beside.clusters.iter().flat_map(|cluster| cluster.api_servers.iter()).collect();
        let says = |view: &&'a ApiServerView| {
            let place = view.unavailable.iter().find(|name| name.value == service.name.value)?;
            Some((*view, &place.origin))
        };
        let without = asked.iter().filter_map(says).collect();
        Self { asked, without }
    }

    /// Some API servers reach it and others do not.
    fn disagree(&self) -> bool {
        !self.without.is_empty() && self.without.len() < self.asked.len()
    }

    fn addresses(&self, without: bool) -> String {
        let is_without = |view: &&&ApiServerView| self.without.iter().any(|(other, _)| std::ptr::eq(*other, **view));
        let found = self.asked.iter().filter(|view| is_without(view) == without);
        list(found.map(|view| view.address.value.clone()), "and")
    }
}

fn finding(service: &ApiService, views: &Views<'_>) -> Finding {
    let name = &service.name.value;
    let said = said(service);
    let message = match (views.disagree(), said) {
        (true, _) => format!("{name} is unavailable at {} alone", views.addresses(true)),
        (false, Some(said)) => format!("{name} is unavailable: {}", said.reason),
        (false, None) => format!("{name} is unavailable at {}", views.addresses(true)),
    };
    let cause = said.and_then(|said| Cause::of_message(&said.message).or_else(|| Cause::of_reason(&said.reason)));
    let first = views.without.first().map(|(_, origin)| *origin);
    let origin = said.map(|said| &said.status.origin).or(first);
    let label = said.map_or("its own metric says so", |said| said.message.as_str());
    let shown = first.filter(|first| Some(*first) != origin).map(|first| related(first, "its own metric says so"));
    Finding::error(message)
        .at(origin.unwrap_or(&service.name.origin), label)
        .related(shown)
        .consequence(consequence(cause.map(|cause| sentence(cause, service)), views))
        .fix(fix(service, cause, views))
        .identity([name.clone(), said.map(|said| said.reason.clone()).unwrap_or_default()])
}

/// The cause, and more exactly where the object tells more than the message.
fn sentence(cause: &Cause, service: &ApiService) -> &'static str {
    let is_issuer = cause.obstacle == Obstacle::ServingCertificate(Flaw::Issuer);
    if is_issuer && service.ca_bundle.is_none() && !service.ca_bundle_unknown {
        return "There is no caBundle, so that the root certificates of kube-apiserver's image count, which do not hold the CA \
                that issued the serving certificate of the extension server.";
    }
    cause.sentence
}

fn consequence(cause: Option<&str>, views: &Views<'_>) -> String {
    let mut text = String::new();
    if views.disagree() {
        text = format!(
            "{} can ask the extension server, {} cannot: what is wrong is that node's, its proxy client above all. ",
            views.addresses(false),
            views.addresses(true)
        );
    }
    if let Some(cause) = cause {
        text += cause;
        text.push(' ');
    }
    text + "Requests for this API get 503, from every API server while the condition is false, and the deletion of \
            namespaces waits for it."
}

fn fix(service: &ApiService, cause: Option<&Cause>, views: &Views<'_>) -> Fix {
    let sentence = match (views.disagree(), cause) {
        (true, _) => {
            format!("Judge the node of {}: its proxy client, and the CA that the others have.", views.addresses(true))
        }
        (false, Some(cause)) => cause.remedy.to_owned(),
        (false, None) => "Ask what the message means.".to_owned(),
    };
    let fix = Fix::from(sentence);
    match said(service).filter(|_| !views.disagree()) {
        Some(said) => fix.command(&["aggcert", "explain", &said.message]),
        None => fix,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::Target;
    use crate::lint::testing::{ApiServiceBuilder, Expect, check_api_service, check_target};
    use crate::source::{Collection, Document, NoSurroundings, read};
    use crate::text::SourceFile;

    const UNKNOWN: &str = "failing or missing response from https://10.96.0.7:443/apis/metrics.k8s.io/v1beta1: Get \
                           \"https://10.96.0.7:443/apis/metrics.k8s.io/v1beta1\": tls: failed to verify certificate: x509: \
                           certificate signed by unknown authority";

    fn collection(servers: &str) -> Collection {
        let yaml = format!(
            "apiVersion: aggcert/v1\nkind: Collection\nmetadata:\n  name: prod-kube-apiserver\napiServers: {servers}\n"
        );
        let documents = read(&SourceFile::new("cluster.yaml", yaml), None, &NoSurroundings).unwrap();
        let [Document::Collection(collection)] = documents.as_slice() else { panic!("{documents:?}") };
        (**collection).clone()
    }

    fn with(service: &ApiServiceBuilder, servers: &str) -> Outcome {
        check_target(&RULE, Target::ApiService(&service.api_service()), &[Target::Cluster(&collection(servers))])
    }

    #[test]
    fn fails_with_the_cause_that_the_message_has() {
        let unknown = ApiServiceBuilder::new().unavailable("FailedDiscoveryCheck", UNKNOWN);
        let finding = check_api_service(&RULE, &unknown).expect_finding();
        assert_eq!(finding.message, "v1beta1.metrics.k8s.io is unavailable: FailedDiscoveryCheck");
        assert!(finding.consequence.starts_with("There is no caBundle"), "{}", finding.consequence);
        let finding = check_api_service(&RULE, &unknown.ca_bundle("x")).expect_finding();
        assert!(finding.consequence.starts_with("caBundle, or where"), "{}", finding.consequence);
        assert!(finding.fix.commands[0].starts_with("aggcert explain "), "{}", finding.fix);
        let other = ApiServiceBuilder::new().unavailable("Other", "something else");
        assert!(check_api_service(&RULE, &other).expect_finding().consequence.starts_with("Requests"));
    }

    #[test]
    fn fails_by_the_status_and_not_by_an_address_with_its_digits() {
        let refused = "dial tcp 10.0.4.11:4401: connect: connection refused";
        for (message, begins) in
            [(refused, "Nothing listens"), ("bad status from https://10.0.4.11:4431/x: 401", "The ext")]
        {
            let service = ApiServiceBuilder::new().unavailable("FailedDiscoveryCheck", message);
            let consequence = check_api_service(&RULE, &service).expect_finding().consequence;
            assert!(consequence.starts_with(begins), "{consequence}");
        }
    }

    #[test]
    fn fails_by_the_name_of_the_node_where_the_others_reach_it() {
        let servers = "[{address: \"https://a:6443\"}, \
                       {address: \"https://b:6443\", unavailable: [v1beta1.metrics.k8s.io]}]";
        for service in
            [ApiServiceBuilder::new(), ApiServiceBuilder::new().unavailable("FailedDiscoveryCheck", "bad status: 401")]
        {
            let finding = with(&service, servers).expect_finding();
            assert_eq!(finding.message, "v1beta1.metrics.k8s.io is unavailable at https://b:6443 alone");
            finding.explains("https://a:6443 can ask");
        }
    }

    #[test]
    fn passes_when_it_is_available() {
        with(&ApiServiceBuilder::new(), "[{address: \"https://a:6443\", unavailable: [v1.other]}]").expect_pass();
    }

    #[test]
    fn does_not_apply_to_what_was_not_read_from_a_cluster() {
        check_api_service(&RULE, &ApiServiceBuilder::new()).expect_not_applicable();
        check_api_service(&RULE, &ApiServiceBuilder::new().unavailable("x", "y").local()).expect_not_applicable();
    }
}
