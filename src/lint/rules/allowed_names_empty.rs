//! Any certificate of the requestheader CA is a front proxy.

use crate::lint::{Context, Finding, Outcome, Rule, Severity, Subject};
use crate::model::FileState;

use super::trust::{Names, allowed_names, demonstration, shared_ca, unknown_names};
use super::wording::{allow_name, requestheader_ca};

pub static RULE: Rule = Rule {
    id: "allowed-names-empty",
    severity: Severity::Warning,
    subject: Subject::Server,
    text: include_str!("../../../docs/rules/allowed-names-empty.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let Some(setup) = context.target.setup() else {
        return Outcome::not_applicable("this is no server");
    };
    if let FileState::NotGiven = setup.requestheader_client_ca {
        return Outcome::not_applicable("--requestheader-client-ca-file is not given");
    }
    match allowed_names(setup) {
        Names::Only(_) => return Outcome::Pass,
        Names::Unknown => return unknown_names(setup),
        Names::Any => {}
    }
    // Of a fragment that does not show the CA nobody knows whose certificates are meant, or whether it is given at all.
    if let (true, FileState::NotLooked(why)) =
        (setup.options.requestheader_client_ca_file.is_absent(), &setup.requestheader_client_ca)
    {
        return why.clone().about("--requestheader-client-ca-file").into();
    }
    if let Some(why) = shared_ca(setup, context.now) {
        return why.into();
    }
    let ca = requestheader_ca(setup);
    let given = setup.options.requestheader_allowed_names.given();
    Outcome::Fail(vec![Finding {
        severity: Severity::Warning,
        message: format!("no front proxy name is required, so every client certificate of {ca} is a front proxy"),
        origin: given
            .map(|given| &given.flag)
            .or_else(|| setup.options.requestheader_client_ca_file.origin())
            .unwrap_or(&setup.invocation.origin)
            .clone(),
        label: if given.is_some() { "an empty list allows every name" } else { "used without a list of names" }
            .to_owned(),
        related: Vec::new(),
        consequence: format!(
            "Whoever gets any client certificate from {ca} can be any user of any group by adding headers to a request."
        ),
        demonstration: demonstration(setup, &ca),
        fix: allow_name(setup),
        identity: vec!["requestheader-allowed-names".to_owned()],
    }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::rules::testing::{CLIENT_CA, Cluster, Expect, check};

    #[test]
    fn fails_for_an_empty_and_for_a_missing_list() {
        let cluster = Cluster::new();
        let finding = check(&RULE, &cluster.server().set("requestheader-allowed-names", "").setup()).expect_finding();
        assert_eq!(finding.origin.source(), "--requestheader-allowed-names");
        assert_eq!(finding.fix, "--requestheader-allowed-names=front-proxy-client");
        check(&RULE, &cluster.server().without("requestheader-allowed-names").setup()).expect_finding();
    }

    #[test]
    fn passes_with_a_name() {
        check(&RULE, &Cluster::new().server().setup()).expect_pass();
    }

    #[test]
    fn is_unknown_when_the_list_is_an_expression() {
        check(&RULE, &Cluster::new().server().set("requestheader-allowed-names", "{{ names }}").setup())
            .expect_unknown();
    }

    #[test]
    fn does_not_apply_to_a_fragment_that_does_not_say() {
        let server = Cluster::new().server().without("requestheader-allowed-names").fragment();
        check(&RULE, &server.setup()).expect_not_applicable();
    }

    #[test]
    fn does_not_apply_without_a_requestheader_ca_or_when_it_is_the_client_ca() {
        let server = Cluster::new().server().set("requestheader-allowed-names", "");
        check(&RULE, &server.clone().without("requestheader-client-ca-file").setup()).expect_not_applicable();
        check(&RULE, &server.set("requestheader-client-ca-file", CLIENT_CA).setup()).expect_not_applicable();
    }
}
