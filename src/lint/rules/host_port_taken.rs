//! An extension API server on its host's network, where its port is taken.

use crate::lint::facts::wording::related;
use crate::lint::{Check, Context, Finding, Fix, Outcome, Rule, Severity};
use crate::model::{ExtensionServer, Setting};

pub(super) static RULE: Rule = Rule {
    id: "host-port-taken",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/host-port-taken.md"),
    checks: &[Check::Extension(check)],
};

/// Ports that a program of Kubernetes has on its host by default, and where it runs.
const TAKEN: [(&str, &str, Severity); 7] = [
    ("10250", "the kubelet of every node", Severity::Error),
    ("10256", "kube-proxy on every node", Severity::Warning),
    ("6443", "kube-apiserver on control-plane nodes", Severity::Warning),
    ("2379", "etcd on control-plane nodes", Severity::Warning),
    ("2380", "etcd on control-plane nodes", Severity::Warning),
    ("10257", "kube-controller-manager on control-plane nodes", Severity::Warning),
    ("10259", "kube-scheduler on control-plane nodes", Severity::Warning),
];

fn check(server: &ExtensionServer, _: &Context<'_>) -> Outcome {
    let Some(host_network) = server.workload.host_network.as_ref().filter(|network| network.value) else {
        return Outcome::not_applicable("its Pods have addresses of their own");
    };
    let port = match &server.setup.options.delegating.secure_port {
        Setting::Given(given) => given,
        Setting::Opaque(_) => return Outcome::undecided("--secure-port is an expression"),
        Setting::Absent => {
            return Outcome::undecided("--secure-port is not given, and the default is the server's own");
        }
    };
    let number = port.value.value.as_str();
    let Some((_, whose, severity)) = TAKEN.iter().find(|(taken, ..)| *taken == number) else {
        return Outcome::Pass;
    };
    let object = &server.workload.object;
    Outcome::Fail(vec![Finding {
        severity: *severity,
        message: format!("{object} wants port {number} of its host, which {whose} has"),
        origin: port.value.origin.clone(),
        label: "taken".to_owned(),
        related: vec![related(&host_network.origin, "in the network of the host")],
        consequence: format!(
            "The server ends at its start, `listen tcp 0.0.0.0:{number}: bind: address already in use`, wherever the \
             other runs."
        ),
        demonstration: None,
        fix: Fix::from(
            "Give the server a port that is free on every node, in --secure-port, containerPort and the probes; the \
             Service follows where its targetPort is the port's name.",
        )
        .flag("--secure-port=4443"),
        identity: vec![object.to_string(), number.to_owned()],
    }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::Expect;
    use crate::lint::testing::scene::{DEPLOYMENT, Scene};

    fn on_host(port: &str) -> Scene {
        let scene = Scene::new().change(DEPLOYMENT, "      containers:", "      hostNetwork: true\n      containers:");
        scene.change(DEPLOYMENT, "--secure-port=8443", &format!("--secure-port={port}"))
    }

    #[test]
    fn fails_with_the_port_of_the_kubelet() {
        assert_eq!(on_host("10250").check(&RULE).expect_finding().severity, Severity::Error);
        assert_eq!(on_host("6443").check(&RULE).expect_finding().severity, Severity::Warning);
    }

    #[test]
    fn passes_with_another_port() {
        on_host("4443").check(&RULE).expect_pass();
    }

    #[test]
    fn does_not_apply_to_pods_with_an_address() {
        Scene::new().check(&RULE).expect_not_applicable();
    }
}
