//! An extension API server on its host's network, where its port is taken.

use crate::lint::facts::extension::is_same;
use crate::lint::prelude::*;
use crate::model::{Given, Setting};
use crate::source::resource::Workload;

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

fn check(server: &ExtensionServer, context: &Context<'_>) -> Outcome {
    if server.workload.runs_nothing {
        return not_applicable("it has no Pods: `replicas: 0`");
    }
    if !is_on_host(&server.workload) {
        return not_applicable("its Pods have addresses of their own");
    }
    let port = match &server.setup.options.delegating.secure_port {
        Setting::Given(given) => given,
        Setting::Opaque(_) => return Outcome::undecided("--secure-port is an expression"),
        Setting::Absent => {
            return Outcome::undecided("--secure-port is not given, and the default is the server's own");
        }
    };
    let of_kubernetes = TAKEN.iter().find(|(taken, ..)| *taken == port.value.value);
    let by_kubernetes = of_kubernetes.map(|(_, whose, severity)| {
        let consequence = "wherever the other runs.";
        finding(server, port, *severity, whose, consequence)
    });
    let shared = || {
        let other = others_on_port(server, &port.value.value, context).next()?;
        let mut finding = finding(
            server,
            port,
            Severity::Warning,
            &other.object.to_string(),
            "where both are on one node; where both declare the port the scheduler keeps them apart, and one waits for a \
             node.",
        );
        finding.related.push(related(&other.object.name.origin, "the other, in the network of the host too"));
        Some(finding)
    };
    match by_kubernetes.or_else(shared) {
        Some(finding) => finding.into(),
        None => Outcome::Pass,
    }
}

fn is_on_host(workload: &Workload) -> bool {
    workload.host_network.as_ref().is_some_and(|network| network.value) && !workload.runs_nothing
}

/// Other workloads in the network of the host that listen on a port, or declare it. Of two extension servers one is told.
fn others_on_port<'a>(
    server: &'a ExtensionServer,
    number: &'a str,
    context: &'a Context<'_>,
) -> impl Iterator<Item = &'a Workload> {
    let own = &server.workload;
    let name = own.object.to_string();
    let beside = context.beside;
    // Of each workload of the host it is asked.
    let is_taken = number.parse::<u16>().ok();
    let declares = move |other: &Workload| {
        other.containers.iter().flat_map(|container| &container.ports).any(|(_, port)| Some(port.value) == is_taken)
    };
    let listens = move |other: &Workload| {
        let mut servers = beside.places_of(other).filter_map(|at| beside.extensions.get(at));
        servers.any(|server| server.setup.options.delegating.secure_port.value().is_some_and(|port| port == number))
    };
    let told_there =
        move |other: &Workload| beside.places_of(other).next().is_some() && other.object.to_string() < name;
    let is_apart = move |other: &Workload| !is_same(own, other) && (own.owner.is_none() || own.owner != other.owner);
    context
        .objects
        .workloads()
        .filter(move |other| is_on_host(other) && is_apart(other))
        .filter(move |other| (declares(other) || listens(other)) && !told_there(other))
}

fn finding(
    server: &ExtensionServer,
    port: &Given<String>,
    severity: Severity,
    whose: &str,
    condition: &str,
) -> Finding {
    let object = &server.workload.object;
    let number = &port.value.value;
    let host_network = server.workload.host_network.as_ref();
    Finding::new(severity, format!("{object} wants port {number} of its host, which {whose} has"))
        .at(&port.value.origin, "taken")
        .related(host_network.map(|network| related(&network.origin, "in the network of the host")))
        .consequence(format!(
            "The server ends at its start, `listen tcp 0.0.0.0:{number}: bind: address already \
             in use`, {condition}"
        ))
        .fix(
            Fix::from(
                "Give the server a port that is free on every node, in --secure-port, containerPort and the probes; \
                 the Service follows where its targetPort is the port's name.",
            )
            .flag("--secure-port=4443"),
        )
        .identity([object.to_string(), number.clone()])
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
    fn fails_with_the_port_of_another_workload() {
        let other = |network: &str, port: &str| {
            format!(
                "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: a-proxy, namespace: wardle}}\nspec:\n  template:\n    \
                 metadata: {{labels: {{a: b}}}}\n    spec:\n      hostNetwork: {network}\n      containers:\n      - name: a\n        \
                 image: a\n        ports: [{{containerPort: {port}}}]\n"
            )
        };
        let finding = on_host("4443").add(&other("true", "4443")).check(&RULE).expect_warning();
        assert!(finding.message.ends_with("which DaemonSet wardle/a-proxy has"), "{}", finding.message);
        on_host("4443").add(&other("true", "4444")).check(&RULE).expect_pass();
        on_host("4443").add(&other("false", "4443")).check(&RULE).expect_pass();
    }

    #[test]
    fn does_not_apply_to_pods_with_an_address() {
        Scene::new().check(&RULE).expect_not_applicable();
    }
}
