//! Who wrote a line, told by what journald, syslog and kubectl put before it.

use std::sync::LazyLock;

use regex::Regex;

use super::messages::clients;
use super::pattern::{Pattern, compile, journal};
use super::subject::NOBODY;
use super::{About, Explanation, authentication};

/// One of these names at the beginning of a record: journald's and syslog's tag, or what kubectl and stern put before a line.
macro_rules! tagged {
    ($names:literal) => {
        concat!(
            "^(?:",
            journal!(r"[\w.-]+"),
            r"|\d{4}-\d\d-\d\d\S* (?:[\w.-]+ )?)?\[?(?:pod/(?:[\w.-]+/)?)?(?P<name>",
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

/// What only one program puts before a message, whatever that says.
static WRAPPERS: [(Pattern, &str); 1] =
    [(Pattern::new(r"\berror execution phase [\w/-]+: "), "kubeadm, in one of its phases (workflow.Runner)")];

fn name_in<'a>(pattern: &LazyLock<Option<Regex>>, record: &'a str) -> Option<&'a str> {
    Some(pattern.as_ref()?.captures(record)?.name("name")?.as_str())
}

/// What was found, in the mouth of who wrote the line.
pub(super) fn told_by(found: Explanation, record: &str) -> Explanation {
    if found.printed_by == clients::OF_A_TLS_SERVER {
        return name_in(&SERVER, record).map_or_else(|| found.clone(), |name| of_server(&found, name));
    }
    if found.printed_by == NOBODY {
        let wrapper = WRAPPERS.iter().find(|(words, _)| words.is_match(record));
        return wrapper
            .map_or_else(|| found.clone(), |(_, who)| Explanation { printed_by: (*who).to_owned(), ..found.clone() });
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

/// Whom the tables name by these words, in what they say who prints a message.
const EXTENSION_SERVER: &str = "extension API server";
const KUBELET: &str = "a kubelet, about a Pod";

/// Whether an extension API server says it, or is told it.
pub(super) fn is_of_extension_server(found: &Explanation) -> bool {
    found.printed_by.contains(EXTENSION_SERVER)
}

/// Whether a kubelet says it of a Pod.
pub(super) fn is_of_kubelet(found: &Explanation) -> bool {
    found.printed_by.starts_with(KUBELET)
}

/// Whether it is told of a server that lets clients in.
fn is_own_port(found: &Explanation) -> bool {
    let is_extension_server = found.printed_by.strip_prefix("an ").is_some_and(|who| who.starts_with(EXTENSION_SERVER));
    let others = ["a server at start-up that lets clients in", authentication::PRINTED_BY];
    (is_extension_server || others.iter().any(|server| found.printed_by.starts_with(server)))
        && matches!(found.about, About::FrontProxy | About::ExtensionServer)
}

#[cfg(test)]
mod tests {
    use super::{EXTENSION_SERVER, KUBELET};
    use crate::explain::{explain, messages};

    #[test]
    fn parties_are_called_as_the_tables_call_them() {
        for who in [EXTENSION_SERVER, KUBELET, "a server at start-up that lets clients in"] {
            assert!(messages::all().any(|message| message.printed_by.contains(who)), "{who}");
        }
    }

    #[test]
    fn kubeadm_is_named_by_what_it_puts_before_a_message() {
        let who = |line: &str| explain(line).first().map(|found| found.printed_by.clone()).unwrap_or_default();
        let line =
            "certs/front-proxy-ca: this function should only be used for CAs, but cert front-proxy-client has an error";
        assert!(who(&format!("error execution phase {line}")).starts_with("kubeadm"));
        assert!(!who(line).contains("kubeadm"));
    }
}
