//! Who wrote a line, told by what journald, syslog and kubectl put before it.

use std::sync::LazyLock;

use regex::Regex;

use super::pattern::compile;
use super::{About, Explanation};

/// A component that lets clients in at a port of its own as an extension API server does (k8s.io/apiserver,
/// DelegatingAuthenticationOptions), and serves no API.
static COMPONENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(
        r"^(?:[A-Z][a-z]{2} +\d{1,2} [\d:.]+ [\w.-]+ |\d{4}-\d\d-\d\d\S* (?:[\w.-]+ )?)?\[?(?:pod/[\w.-]+/)?(?P<name>kube-controller-manager|kube-scheduler|cloud-controller-manager)(?:-[\w.-]+)?(?:\[\d+\])?[:\]]? ",
    )
});

/// What was found, in the mouth of who wrote the line.
pub(super) fn told_by(found: Explanation, record: &str) -> Explanation {
    let name = COMPONENT.as_ref().and_then(|component| component.captures(record)).and_then(|found| found.name("name"));
    let Some(name) = name.map(|name| name.as_str()).filter(|_| is_own_port(&found)) else { return found };
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

/// Whether it is told of a server that lets clients in.
fn is_own_port(found: &Explanation) -> bool {
    found.printed_by.starts_with("an extension API server")
        && matches!(found.about, About::FrontProxy | About::ExtensionServer)
}
