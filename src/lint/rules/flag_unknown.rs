//! A misspelt flag.

use super::citations::{kubernetes, kubernetes_io};
use super::look::{Judged, with_flags};
use crate::lint::{Context, Finding, Rule, Severity, Subject};
use crate::model::UnknownFlag;

pub static RULE: Rule = Rule {
    id: "flag-unknown",
    summary: "A flag near those of the aggregation layer does not exist, and the server does not start",
    severity: Severity::Error,
    subject: Subject::Server,
    explanation: "\
kube-apiserver takes no flag that it does not know: it says `Error: unknown flag` and ends. The usual ones are \
`--requestheader-allowed-name` (for names), `--requestheader-ca-file` (for client-ca-file) and \
`--requestheader-extra-headers-prefixes` (for prefix). On a control-plane node the kubelet starts the pod again and \
again, and the API server of that node stays away.

Names are compared with their case. An underscore counts as a dash. One dash before a name is something else again: \
`-requestheader-…` is read as the shorthand `-r`.",
    references: &[
        kubernetes!("staging/src/k8s.io/component-base/cli/flag/flags.go", "WordSepNormalizeFunc"),
        kubernetes_io!("kube-apiserver", "reference/command-line-tools-reference/kube-apiserver/"),
    ],
    bad_example: "--requestheader-allowed-name=front-proxy-client",
    good_example: "--requestheader-allowed-names=front-proxy-client",
    remedy: "Write the flag as `kube-apiserver --help` prints it; the finding names the one that was meant.",
    check: |context| judge(context).into(),
};

fn judge(context: &Context<'_>) -> Judged {
    Ok(with_flags(context)?.options.unknown.iter().map(finding).collect())
}

fn finding(unknown: &UnknownFlag) -> Finding {
    let flag = &unknown.flag.value;
    let suggestion = unknown.suggestion.map(|name| format!("--{}", name.trim_start_matches('-')));
    Finding {
        severity: Severity::Error,
        message: match &suggestion {
            Some(name) => format!("kube-apiserver has no flag {flag}; the nearest is {name}"),
            None => format!("kube-apiserver has no flag {flag}"),
        },
        origin: unknown.flag.origin.clone(),
        label: "unknown flag".to_owned(),
        related: Vec::new(),
        consequence: "kube-apiserver ends before it has read the other flags; this node has no API server until the \
                      flag is mended."
            .to_owned(),
        demonstration: Some(format!("kube-apiserver says: Error: unknown flag: {flag}")),
        fix: suggestion.unwrap_or_else(|| format!("take {flag} away")),
        identity: vec![flag.clone()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::Component;
    use crate::lint::rules::testing::{Cluster, Expect, SetupBuilder, check};

    #[test]
    fn fails_and_suggests_the_right_flag() {
        let setup = Cluster::new()
            .server()
            .without("requestheader-allowed-names")
            .argument("--requestheader-allowed-name=front-proxy-client")
            .setup();
        let finding = check(&RULE, &setup).expect_finding();
        assert_eq!(finding.fix, "--requestheader-allowed-names");
        assert_eq!(finding.origin.source(), "--requestheader-allowed-name");
        assert!(finding.demonstration.unwrap().ends_with("unknown flag: --requestheader-allowed-name"));
    }

    #[test]
    fn passes_with_the_right_flags() {
        check(&RULE, &Cluster::new().server().setup()).expect_pass();
    }

    #[test]
    fn passes_with_a_flag_that_the_server_has_but_that_does_not_matter_here() {
        check(&RULE, &Cluster::new().server().argument("--v=4").setup()).expect_pass();
    }

    #[test]
    fn does_not_apply_without_flags() {
        check(&RULE, &SetupBuilder::new(Component::KubeApiserver, &[]).setup()).expect_not_applicable();
    }
}
