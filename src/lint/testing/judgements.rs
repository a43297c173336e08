//! Judgements made by hand, for the tests of what takes judgements.

use std::sync::Arc;

use crate::lint::{
    Accepted, AcceptedBy, Check, Finding, Judgement, Note, Outcome, Related, Rule, RuleOutcome, Severity,
};
use crate::model::{Reason, Trust};
use crate::source::InputFormat;
use crate::text::{Origin, SourceFile};

const PAGE: &str = "\
# rule

A certificate of the client CA is accepted as a front proxy.

## Why

Both flags trust one CA.

Who gets a certificate of it is everybody.

## Bad

```text
--client-ca-file=/ca.crt
--requestheader-client-ca-file=/ca.crt
```

## Good

```text
--client-ca-file=/ca.crt
--requestheader-client-ca-file=/front-proxy-ca.crt
```

## Fix

Give the front proxy a CA of its own.

## Sources

- [kubernetes/kubernetes: x509.go, verifySubject](https://example.org/x509.go)
";

/// A rule of this id; nothing is ever checked with it.
const fn rule(id: &'static str, severity: Severity) -> Rule {
    Rule { id, severity, text: PAGE, checks: &[Check::Server(|_, _| Outcome::Pass)] }
}

pub(crate) static CA_REUSED: Rule = rule("ca-reused", Severity::Error);
pub(crate) static FLAG_REPEATED: Rule = rule("flag-repeated", Severity::Warning);
pub(crate) static CA_EXPIRED: Rule = rule("ca-expired", Severity::Error);
pub(crate) static KEY_PERMISSIONS: Rule = rule("key-permissions", Severity::Note);
pub(crate) static RULES: &[&Rule] = &[&CA_REUSED, &FLAG_REPEATED, &CA_EXPIRED, &KEY_PERMISSIONS];

pub(crate) const MANIFEST: &str = "\
apiVersion: v1
kind: Pod
spec:
  containers:
  - command:
    - kube-apiserver
    - --client-ca-file=/etc/kubernetes/pki/ca.crt
    - --requestheader-allowed-names=front-proxy-client
    - --requestheader-client-ca-file=/etc/kubernetes/pki/ca.crt
";

/// Where `text` stands in `file`.
pub(crate) fn origin_in(file: &Arc<SourceFile>, text: &str) -> Origin {
    let start = file.text().find(text).unwrap();
    Origin::new(file, start..start + text.len())
}

pub(crate) fn finding(severity: Severity, origin: Origin) -> Finding {
    Finding {
        severity,
        message: "any certificate of CN=kubernetes named `front-proxy-client` is a front proxy".to_owned(),
        origin,
        label: "the same CA".to_owned(),
        related: Vec::new(),
        consequence: "Who can obtain such a certificate, for example through a CertificateSigningRequest, is any user \
                      of any group."
            .to_owned(),
        demonstration: Some("CN=front-proxy-client of CN=kubernetes became system:masters".to_owned()),
        fix: crate::lint::Fix::from("Give the front proxy a CA of its own.")
            .command(&["aggcert", "init", "/etc/kubernetes/pki"])
            .flag("--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt"),
        identity: vec!["5e0f".to_owned()],
    }
}

/// A finding with a second place, a pass, an unknown, and one that does not apply.
pub(crate) fn judgement() -> Judgement {
    let file = SourceFile::new("manifests/kube-apiserver.yaml", MANIFEST);
    let mut finding =
        finding(Severity::Error, origin_in(&file, "--requestheader-client-ca-file=/etc/kubernetes/pki/ca.crt"));
    finding.related.push(Related {
        origin: origin_in(&file, "/etc/kubernetes/pki/ca.crt"),
        label: "clients are verified with it".to_owned(),
    });
    of_outcomes(
        &file,
        vec![
            RuleOutcome { rule: &CA_REUSED, outcome: Outcome::Fail(vec![finding]) },
            RuleOutcome { rule: &FLAG_REPEATED, outcome: Outcome::Pass },
            RuleOutcome {
                rule: &CA_EXPIRED,
                outcome: Outcome::undecided("/etc/kubernetes/pki/ca.crt was not looked at: not on this host"),
            },
            RuleOutcome { rule: &KEY_PERMISSIONS, outcome: Outcome::not_applicable("no key is named") },
        ],
    )
}

/// With these outcomes, the notes of a set-up, and no certificates.
pub(crate) fn of_outcomes(file: &Arc<SourceFile>, outcomes: Vec<RuleOutcome>) -> Judgement {
    Judgement {
        kind: "kube-apiserver",
        name: "Pod kube-system/kube-apiserver".to_owned(),
        origin: Origin::start_of(file),
        format: Some(InputFormat::Manifest),
        outcomes,
        accepted: Vec::new(),
        trust: Trust::default(),
        certificates: Vec::new(),
        not_looked_at: vec![Reason::undecided("--client-ca-file: not on this host")],
        is_silent: false,
        defaults: vec![Note {
            origin: None,
            text: "--requestheader-group-headers=X-Remote-Group (a default of kubeadm)".to_owned(),
        }],
    }
}

/// Three findings that were accepted, by what can accept them.
pub(crate) fn accepted(file: &Arc<SourceFile>) -> Vec<Accepted> {
    let origin = Origin::start_of(file);
    let until = Some(time::macros::date!(2027 - 01 - 31));
    let by = [
        AcceptedBy::Comment(origin.clone()),
        AcceptedBy::Settings { origin: origin.clone(), until },
        AcceptedBy::Baseline("baseline.json".to_owned()),
    ];
    let one = |by| {
        let finding = finding(Severity::Error, origin.clone());
        Accepted { rule: &CA_REUSED, finding, reason: "a lab".to_owned(), by }
    };
    by.into_iter().map(one).collect()
}

/// With this finding alone.
pub(crate) fn of_finding(rule: &'static Rule, finding: Finding) -> Judgement {
    let file = Arc::clone(finding.origin.file());
    of_outcomes(&file, vec![RuleOutcome { rule, outcome: Outcome::Fail(vec![finding]) }])
}
