//! `check` sees all that is made: each thing that is broken in it is found by the rule for it.

use std::fs;

use super::directory::{BEGIN, Directory};

#[test]
fn each_rule_of_this_side_passes_and_would_not() {
    let other = Directory::made(&[]);
    let argument = |flag: &str| format!("- --secure-port=8443\n        - {flag}");
    let bundle = |directory: &Directory| {
        let text = directory.text("apiservice.yaml");
        text.lines().find(|line| line.starts_with("  caBundle: ")).unwrap().to_owned()
    };
    let rows: [(&str, &str, &str, &str); 12] = [
        ("extension-reader-binding", "rbac.yaml", "namespace: kube-system", "namespace: monitoring"),
        ("extension-auth-delegator", "rbac.yaml", "name: system:auth-delegator", "name: view"),
        ("extension-lookup-skipped", "deployment.yaml", "", "--authentication-skip-lookup"),
        ("extension-lookup-tolerated", "deployment.yaml", "", "--authentication-tolerate-lookup-failure"),
        ("apiservice-port", "service.yaml", "port: 443", "port: 8443"),
        ("apiservice-service-missing", "service.yaml", "app.kubernetes.io/name: metrics", "app: other"),
        (
            "serving-certificate-in-memory",
            "deployment.yaml",
            "- --tls-cert-file=/var/run/serving-cert/tls.crt",
            "- --v=1",
        ),
        ("component-refuses-to-start", "deployment.yaml", "tls-private-key-file=", "vmodule="),
        ("apiservice-ca-bundle", "apiservice.yaml", "caBundle: LS0t", "caBundle: AAAA"),
        ("serving-certificate-untrusted", "apiservice.yaml", &bundle(&other), ""),
        ("serving-certificate-name", "apiservice.yaml", "name: metrics\n", "name: other\n"),
        ("apiservice-insecure", "apiservice.yaml", "  caBundle:", "  insecureSkipTLSVerify: true\n  # "),
    ];
    for (rule, file, from, to) in rows {
        let directory = Directory::made(&[]);
        let found = |directory: &Directory| {
            let outcomes = directory.outcomes(BEGIN);
            let of_rule = outcomes.into_iter().filter(|(one, ..)| one == rule);
            of_rule.map(|(_, outcome, _)| outcome).collect::<Vec<_>>()
        };
        assert!(found(&directory).contains(&"pass".to_owned()), "{rule} passes nothing: {:?}", found(&directory));
        match (rule, from) {
            ("serving-certificate-untrusted", theirs) => directory.edit(file, &bundle(&directory), theirs),
            ("serving-certificate-name", _) => {
                directory.edit(file, from, to);
                directory.edit("service.yaml", "  name: metrics\n", "  name: other\n");
            }
            (_, "") => directory.edit(file, "- --secure-port=8443", &argument(to)),
            _ => directory.edit(file, from, to),
        }
        // What is missing in files may be in others.
        let may_be_elsewhere = ["extension-auth-delegator", "apiservice-service-missing"].contains(&rule);
        let expected = if may_be_elsewhere { "unknown" } else { "fail" };
        assert!(found(&directory).contains(&expected.to_owned()), "{rule}: {:?}", found(&directory));
    }
}

/// Without a Deployment the server itself cannot be judged, and that is said; its certificate is the Secret's.
#[test]
fn what_is_not_among_the_objects_is_undecided() {
    let directory = Directory::made(&[]);
    fs::remove_file(directory.file("deployment.yaml")).unwrap();
    let outcomes = directory.outcomes(BEGIN);
    let is = |id: &str, wanted: &str| outcomes.iter().any(|(rule, outcome, _)| rule == id && outcome == wanted);
    assert!(is("apiservice-port", "unknown") && is("serving-certificate-name", "pass"), "{outcomes:#?}");
    assert!(outcomes.iter().all(|(_, outcome, _)| outcome != "fail"), "{outcomes:#?}");
}

/// The command takes the CA that lies beside the objects, and is pasted where `check` was run.
#[test]
fn the_ca_of_a_directory_is_given_back_to_its_api_service() {
    let directory = Directory::made(&[]);
    directory.edit("apiservice.yaml", "  caBundle:", "  insecureSkipTLSVerify: true\n  # ");
    let outcomes = directory.outcomes(BEGIN);
    let (.., found) = outcomes.iter().find(|(rule, ..)| rule == "apiservice-insecure").unwrap();
    let command = format!("test -s {} && kubectl patch", directory.file("serving-ca.crt").display());
    assert!(found.to_string().contains(&command), "{found:#}");
}
