//! What a text wants to be, by its words and lines alone: before it is parsed, and where it does not parse.

use crate::source::expression::expression;
use crate::source::mention;
use crate::source::objects::HELM_RELEASE;

/// Values that are no sentences have at most so many words.
const MOST_WORDS: usize = 3;

/// Whether there can be anything of ours in a text at all.
pub(super) fn mentions_ours(text: &str) -> bool {
    const WORDS: [&str; 34] = [
        "aggcert/v1",
        "apiserver",
        "api-server",
        "api_server",
        "kube-api",
        "kube_api",
        "controller-manager",
        "controller_manager",
        "controllermanager",
        "kube-scheduler",
        "kube_scheduler",
        "requestheader",
        "proxy-client",
        "proxy_client",
        "client-ca",
        "client_ca",
        "apiservice",
        "clusterconfiguration",
        "masterconfig",
        "hyperkube",
        "metrics-server",
        "prometheus-adapter",
        "metrics-adapter",
        "service-catalog",
        "authentication-",
        "insecureskiptls",
        "authorization-kubeconfig",
        "front_proxy",
        "front-proxy-ca",
        "request-header-ca",
        "aggregatorca",
        "cluster.x-k8s.io/secret",
        "aggregator-c",
        HELM_RELEASE,
    ];
    const SHORTEST: usize = "kube-api".len();
    if text.len() < SHORTEST {
        return false;
    }
    let text = text.to_ascii_lowercase();
    WORDS.iter().any(|word| text.contains(word))
}

/// Whether most lines are keys, items or JSON: what does not parse then may be a broken tree, and no other format.
pub(super) fn looks_like_yaml(text: &str) -> bool {
    let (mut like, mut unlike) = (0, 0);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if is_tree_line(line) { like += 1 } else { unlike += 1 }
    }
    like > unlike
}

/// A key with its value, an item, or brackets; but no sentence, whatever it begins with.
fn is_tree_line(line: &str) -> bool {
    if line.starts_with(['{', '}', '[', ']', '"']) || line == "-" {
        return true;
    }
    let item = line.strip_prefix("- ").map(str::trim_start);
    let content = item.unwrap_or(line);
    let key = content.split_once(':').filter(|(key, value)| {
        !key.is_empty() && !key.contains(char::is_whitespace) && (value.is_empty() || value.starts_with(' '))
    });
    let value = key.map_or(content, |(_, value)| value.trim_start());
    let quoted = value.starts_with(['"', '\'', '{', '[', '|', '>', '-']);
    (item.is_some() || key.is_some()) && (quoted || value.split_whitespace().count() <= MOST_WORDS)
}

/// Whether the first line is a tree's: a program that holds YAML in its strings begins otherwise.
pub(in crate::source) fn begins_as_a_tree(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    let first = lines.find(|line| !(line.is_empty() || line.starts_with('#') || expression(line).is_some()));
    first.is_some_and(|line| {
        let json_key = line.starts_with('"') && line.contains("\":");
        ["---", "%YAML", "%TAG"].iter().any(|mark| line.starts_with(mark))
            || if line.starts_with('"') { json_key } else { is_tree_line(line) }
    })
}

/// Whether a sentence announces a command that goes on behind a backslash: `Start the server:`, or `Example::` as
/// reStructuredText has it. To YAML these are a key and its value.
pub(super) fn announces_a_command(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.windows(2).any(|pair| match pair {
        [above, below] => {
            let said = above.trim_end().strip_suffix(':').unwrap_or_default();
            // One word is a key as often, but those of YAML begin with a small letter.
            let is_said = said.contains(' ') || said.ends_with(':') || said.starts_with(char::is_uppercase);
            let is_sentence = said.starts_with(char::is_alphanumeric) && is_said;
            // In quotes a backslash at the end of a line is YAML's own.
            let is_command = below.starts_with([' ', '\t']) && !below.trim_start().starts_with(['"', '\'']);
            is_sentence && is_command && below.trim_end().ends_with('\\')
        }
        _ => false,
    })
}

/// Whether a line names a program or an object of ours, and not only something with such a word in it: monitoring speaks
/// of `apiserver_request_total` and has an `apiserverConfig`.
fn names_ours(line: &str) -> bool {
    const NAMES: [&str; 9] = [
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "hyperkube",
        "apiservice",
        "clusterconfiguration",
        "client-ca-file",
        "extension-apiserver-authentication",
        "authentication-kubeconfig",
    ];
    let line = line.to_ascii_lowercase();
    NAMES.iter().any(|name| line.contains(name))
}

/// Whether a broken text wants to be a set-up: it is nearly all keys and items, and either names itself as Kubernetes'
/// objects do, with something of ours outside of comments, or names our flags in a line that is no sentence.
pub(super) fn claims_to_be_a_setup(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let mut object = || ["apiVersion:", "kind:"].iter().all(|key| text.contains(key)) && lines.any(names_ours);
    let names_a_flag = |line: &str| is_tree_line(line.trim()) && mention(line.as_bytes()).is_some();
    begins_as_a_tree(text) && looks_like_yaml(text) && (object() || text.lines().any(names_a_flag))
}
