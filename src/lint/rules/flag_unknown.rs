//! A misspelt flag.

use crate::lint::facts::look::with_flags;
use crate::lint::prelude::*;
use crate::model::UnknownFlag;

pub(super) static RULE: Rule = Rule {
    id: "flag-unknown",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/flag-unknown.md"),
    checks: &[Check::Server(|setup, _| judge(setup).into())],
};

fn judge(setup: &Setup) -> Judged {
    Ok(with_flags(setup)?.options.unknown.iter().map(finding).collect())
}

fn finding(unknown: &UnknownFlag) -> Finding {
    let flag = &unknown.flag.value;
    let suggestion = unknown.suggestion.map(|name| format!("--{}", name.trim_start_matches('-')));
    Finding::error(match (&suggestion, &unknown.other_version) {
        (Some(name), _) => format!("kube-apiserver has no flag {flag}; the nearest is {name}"),
        (None, Some(when)) => format!("kube-apiserver has {flag} only {when}"),
        (None, None) => format!("kube-apiserver has no flag {flag}"),
    })
    .at(&unknown.flag.origin, "unknown flag")
    .consequence(
        "kube-apiserver ends before it has read the other flags; this node has no API server until the flag is \
         fixed.",
    )
    .demonstration(format!("kube-apiserver says: Error: unknown flag: {flag}"))
    .fix(match suggestion {
        // It may open what the misspelling kept closed.
        Some(name) => format!(
            "Write {name} instead of {flag}, and check again before the server starts with it: \
             what it says was not judged."
        ),
        None => format!("Take {flag} away."),
    })
    .identity([flag.clone()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::Component;
    use crate::lint::testing::{Cluster, Expect, SetupBuilder, check};

    #[test]
    fn fails_and_suggests_the_right_flag() {
        let finding = check(
            &RULE,
            Cluster::new()
                .server()
                .without("requestheader-allowed-names")
                .argument("--requestheader-allowed-name=front-proxy-client"),
        )
        .expect_finding();
        assert!(finding.fix.sentence.starts_with("Write --requestheader-allowed-names instead of"), "{}", finding.fix);
        assert_eq!(finding.origin.source(), "--requestheader-allowed-name");
        assert!(finding.demonstration.unwrap().ends_with("unknown flag: --requestheader-allowed-name"));
    }

    #[test]
    fn passes_with_the_right_flags() {
        check(&RULE, Cluster::new().server()).expect_pass();
    }

    #[test]
    fn passes_with_a_flag_that_the_server_has_but_that_does_not_matter_here() {
        check(&RULE, Cluster::new().server().argument("--v=4")).expect_pass();
    }

    #[test]
    fn does_not_apply_without_flags() {
        check(&RULE, SetupBuilder::new(Component::KubeApiserver, &[])).expect_not_applicable();
    }
}
