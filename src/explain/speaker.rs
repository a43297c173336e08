//! Who wrote a line, told by what journald, syslog and kubectl put before it.

use std::sync::LazyLock;

use regex::Regex;

use super::messages::clients;
use super::pattern::compile;
use super::{About, Explanation, authentication};

/// One of these names at the beginning of a record: journald's and syslog's tag, or what kubectl and stern put before a line.
macro_rules! tagged {
    ($names:literal) => {
        concat!(
            r"^(?:[A-Z][a-z]{2} +\d{1,2} [\d:.]+ [\w.-]+ |\d{4}-\d\d-\d\d\S* (?:[\w.-]+ )?)?\[?(?:pod/(?:[\w.-]+/)?)?(?P<name>",
            $names,
            r")(?:-[\w.-]+)?(?:\[\d+\])?[:\]]? "
        )
    };
}

/// A component that lets clients in at a port of its own as an extension API server does (k8s.io/apiserver,
/// DelegatingAuthenticationOptions), and serves no API.
static COMPONENT: LazyLock<Option<Regex>> =
    LazyLock::new(|| compile(tagged!("kube-controller-manager|kube-scheduler|cloud-controller-manager")));

/// A server that is none of the extension API servers and no webhook.
static SERVER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(tagged!(
        "kube-controller-manager|kube-scheduler|cloud-controller-manager|kubelet|kube-apiserver|etcd|k3s|rke2|k0s"
    ))
});

fn name_in<'a>(pattern: &LazyLock<Option<Regex>>, record: &'a str) -> Option<&'a str> {
    Some(pattern.as_ref()?.captures(record)?.name("name")?.as_str())
}

/// What was found, in the mouth of who wrote the line.
pub(super) fn told_by(found: Explanation, record: &str) -> Explanation {
    if found.printed_by == clients::OF_A_TLS_SERVER {
        return name_in(&SERVER, record).map_or_else(|| found.clone(), |name| of_server(&found, name));
    }
    let Some(name) = name_in(&COMPONENT, record).filter(|_| is_own_port(&found)) else { return found };
    Explanation {
        printed_by: format!("{name}, of its own port"),
        about: About::SomethingElse,
        meaning: format!(
            "{name} says so of its own port, whose clients it knows by the same flags and the same ConfigMap as an extension API server: no \
             aggregated API is involved. Of an extension API server it would mean: {}",
            found.meaning
        ),
        ..found
    }
}

/// A handshake that a client ended, at a server that is named.
fn of_server(found: &Explanation, name: &str) -> Explanation {
    Explanation {
        printed_by: format!("{name}, about a client"),
        meaning: format!(
            "This is not the front proxy, and no extension API server is involved: a client ended the TLS handshake with {name}, because it does not \
             trust the *serving* certificate of {name}. The client has another or an old CA, or the certificate does not name the address that it called."
        ),
        rules: Vec::new(),
        next: Vec::new(),
        ..found.clone()
    }
}

/// Whether it is told of a server that lets clients in.
fn is_own_port(found: &Explanation) -> bool {
    let servers = ["an extension API server", "a server at start-up that lets clients in", authentication::PRINTED_BY];
    servers.iter().any(|server| found.printed_by.starts_with(server))
        && matches!(found.about, About::FrontProxy | About::ExtensionServer)
}
