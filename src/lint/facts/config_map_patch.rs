//! Commands that change the ConfigMap where it is wrong.
//!
//! Nothing but a person takes anything out of it: kube-apiserver adds what it has to what is there
//! (pkg/controlplane/controller/clusterauthenticationtrust, `combinedClusterAuthenticationInfo`). To delete it instead
//! would take trust from extension API servers until every server has written its part again.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::lint::{Context, Finding, Fix, Outcome, RuleOutcome, Wanted};
use crate::model::{AllowedNames, ConfigMap, FileFlag, FileState, Setup, TrustBundle};
use crate::source::Invocation;
use crate::text::{shell_command, shell_word};
use crate::x509::Certificate;

use super::wording::{list, quoted, subject_and_fingerprint};

/// What a person still pastes into a terminal.
const LONGEST: usize = 16 * 1024;

/// Patches what was judged and nothing newer: the API server refuses another resourceVersion. Where that is not known,
/// nor what to write, or the patch would be too long, what is there now is edited.
pub(crate) fn patch(config_map: &ConfigMap, sentence: impl Into<String>, wanted: Wanted) -> Fix {
    let (namespace, name) = config_map.name().split_once('/').unwrap_or(("kube-system", ""));
    let version = config_map.resource_version.as_ref().filter(|_| wanted != Wanted::default());
    let patch = version.map(|version| body(version, &wanted).to_string());
    let fix = Fix { patch: Some(wanted), ..Fix::from(sentence.into()) };
    if let Some(patch) = patch.filter(|patch| patch.len() <= LONGEST) {
        return fix.command(&["kubectl", "-n", namespace, "patch", "configmap", name, "--type=merge", "-p", &patch]);
    }
    let file = format!("./{}.yaml", name.replace('/', "_"));
    let get = shell_command(&["kubectl", "-n", namespace, "get", "configmap", name, "-o", "yaml"]);
    let quoted = shell_word(&file);
    // With its resourceVersion, so that a change in between is not lost.
    fix.shell(format!("{get} > {quoted}"))
        .shell(format!("${{EDITOR:-vi}} {quoted}"))
        .command(&["kubectl", "replace", "-f", &file])
}

/// Writes these names; where none is known a person does. To take the key out would let every name pass until a
/// kube-apiserver has written its own.
pub(crate) fn write_names(config_map: &ConfigMap, names: Vec<&str>) -> Fix {
    let known = Some(names).filter(|names| !names.is_empty());
    let what = match &known {
        Some(names) => format!("only {}", quoted(names, "and")),
        None => "the names that kube-apiserver allows".to_owned(),
    };
    let sentence =
        format!("Write {what} into requestheader-allowed-names of the ConfigMap: without names every name is allowed.");
    let names = known.map(|names| names.into_iter().map(str::to_owned).collect());
    patch(config_map, sentence, Wanted { names, ..Wanted::default() })
}

/// Takes CAs for front proxies out of the ConfigMap, and leaves it the others.
pub(crate) fn take_out(config_map: &ConfigMap, out: &[&Certificate]) -> Fix {
    let names: Vec<String> = out.iter().map(|ca| subject_and_fingerprint(ca)).collect();
    let what = format!("{} out of requestheader-client-ca-file of the ConfigMap", list(&names, "and"));
    let bundle = config_map.requestheader_client_ca().loaded();
    let left = bundle.into_iter().flat_map(TrustBundle::certificates).filter(|ca| !out.contains(ca));
    let authorities = Some(left.cloned().collect());
    let sentence =
        format!("{}: a server that does fails until it has put it back, a minute later.", once_unused(&what));
    patch(config_map, sentence, Wanted { authorities, ..Wanted::default() })
}

/// Leaves the certificates of a bundle alone in it. To take the key out would leave extension API servers that start
/// without it, until a kube-apiserver has written its own.
pub(crate) fn without_private_keys(config_map: &ConfigMap, key: &str) -> Fix {
    let certificates =
        |file: &FileFlag<TrustBundle>| file.loaded().map(|bundle| bundle.certificates().cloned().collect());
    let wanted = match key == config_map.client_ca().flag.name {
        true => Wanted { clients: certificates(config_map.client_ca()), ..Wanted::default() },
        false => Wanted { authorities: certificates(config_map.requestheader_client_ca()), ..Wanted::default() },
    };
    patch(config_map, format!("Leave the certificates alone in {key} of the ConfigMap."), wanted)
}

/// The beginning of a sentence: those that were given need not be all that write into the ConfigMap.
pub(crate) fn once_unused(what: &str) -> String {
    format!(
        "Give all control-plane nodes to check, or look at each of them first. When no kube-apiserver uses it any more, \
         take {what}"
    )
}

/// The ConfigMap lacks a CA or a name of a server beside it. Each writes its own at its start, so that this one has not
/// been started with these flags, and what it is using is not known.
pub(crate) fn is_behind(config_map: &ConfigMap, context: &Context<'_>) -> bool {
    let known = config_map.reader().allowed_names();
    context.beside.publishers().into_iter().any(|server| {
        let bundle = server.requestheader_client_ca.loaded();
        let names = (server.allowed_names().ok(), known.as_ref().ok());
        bundle.is_some_and(|bundle| !missing_authorities(config_map, bundle, context).is_empty())
            || matches!(names, (Some(names), Some(known)) if !missing_names(known, &names).is_empty())
    })
}

/// The names of a server that the ConfigMap lacks: none where either allows every name.
pub(crate) fn missing_names<'a>(known: &AllowedNames, server: &'a AllowedNames) -> Vec<&'a String> {
    match (server, known) {
        (AllowedNames::Only(required), AllowedNames::Only(known)) => {
            required.iter().filter(|name| !known.contains(name)).collect()
        }
        _ => Vec::new(),
    }
}

/// The CAs of a server's bundle that the ConfigMap lacks. Those that have ended are not published
/// (pkg/controlplane/controller/clusterauthenticationtrust, `filterExpiredCerts`).
pub(crate) fn missing_authorities<'a>(
    config_map: &ConfigMap,
    bundle: &'a TrustBundle,
    context: &Context<'_>,
) -> Vec<&'a Certificate> {
    let published = config_map.requestheader_client_ca().loaded();
    let is_missing = |anchor: &&Certificate| !published.is_some_and(|published| published.has_issuer(anchor));
    bundle.certificates().filter(|anchor| anchor.not_after > context.now).filter(is_missing).collect()
}

/// The names that the servers allow and that their proxy clients have, and why there may be more.
pub(crate) fn names_in_use(servers: &[&Setup]) -> (Vec<String>, Option<&'static str>) {
    let mut used: Vec<String> = Vec::new();
    let mut unknown = None;
    for server in servers {
        match server.allowed_names() {
            Ok(AllowedNames::Only(names)) => used.extend(names),
            Ok(AllowedNames::Any) => {}
            Err(_) => unknown = not_known(server, "the allowed names of a server are not known here").or(unknown),
        }
        match &server.proxy_client.state {
            FileState::Loaded(file) => used.push(file.leaf.value.subject.common_name().to_owned()),
            // With an empty list the name of the proxy client is all that tells which name is in use.
            _ if server.allowed_names() == Ok(AllowedNames::Any) => {
                unknown = not_known(server, "a proxy client's name is not known here").or(unknown);
            }
            _ => {}
        }
    }
    let mut seen = HashSet::new();
    used.retain(|name| seen.insert(name.clone()));
    (used, unknown)
}

/// Of one that has no front proxy nothing is missed.
fn not_known(server: &Setup, why: &'static str) -> Option<&'static str> {
    (!server.requestheader_client_ca.is_not_given()).then_some(why)
}

/// Where the server's flags were read: the file is the node's; what was read of a cluster is all in one.
pub(crate) fn where_read(server: &Setup) -> &str {
    let Invocation { name, origin, .. } = &server.invocation;
    if origin.field().is_some() { name } else { origin.file().name() }
}

/// One patch does what all findings say, and stands at the first: the API server refuses a second one for the same
/// resourceVersion.
pub(crate) fn join(config_map: &ConfigMap, outcomes: &mut [RuleOutcome]) {
    const ALL: &str = "This one patch does what all findings of this ConfigMap say.";
    let mut findings: Vec<(&str, &mut Finding)> = Vec::new();
    for RuleOutcome { rule, outcome } in outcomes {
        findings.extend(found(outcome).iter_mut().filter(|finding| finding.fix.is_patch()).map(|one| (rule.id, one)));
    }
    if findings.len() < 2 || config_map.resource_version.is_none() {
        return;
    }
    let mut patches: Vec<Wanted> = Vec::new();
    for patch in findings.iter().filter_map(|(_, finding)| finding.fix.patch.as_ref()) {
        patches.extend((!patches.contains(patch)).then(|| patch.clone()));
    }
    let several = patches.len() > 1;
    let commands = patch(config_map, "", together(config_map, &patches)).commands;
    let mut first = None;
    for (rule, finding) in &mut findings {
        let Some(own) = finding.fix.patch.take() else { continue };
        let own = patch(config_map, "", own).commands;
        finding.fix.commands.retain(|command| !own.contains(command));
        let more = match first {
            None => {
                finding.fix.commands.extend(commands.iter().cloned());
                first = Some(*rule);
                if several { ALL.to_owned() } else { continue }
            }
            Some(first) => format!("The patch that stands at {first} does this, too; it is applied once."),
        };
        finding.fix.sentence = format!("{} {more}", finding.fix.sentence);
    }
}

/// What the ConfigMap is to hold when each of these has been done.
fn together(config_map: &ConfigMap, patches: &[Wanted]) -> Wanted {
    let bundle = config_map.requestheader_client_ca().loaded();
    let authorities: Vec<Certificate> =
        bundle.map(|bundle| bundle.certificates().cloned().collect()).unwrap_or_default();
    let given = config_map.names().given().map(|given| given.value.value.as_slice()).unwrap_or_default();
    let names: Vec<String> = given.iter().map(|name| name.value.clone()).collect();
    Wanted {
        // An empty list allows every name, which must be what one of them wants.
        names: joined(&names, patches.iter().filter_map(|one| one.names.as_ref()))
            .filter(|names| !names.is_empty() || patches.iter().any(|one| one.names == Some(Vec::new()))),
        authorities: joined(&authorities, patches.iter().filter_map(|one| one.authorities.as_ref())),
        // Only the keys between them go.
        clients: patches.iter().find_map(|one| one.clients.clone()),
    }
}

fn found(outcome: &mut Outcome) -> &mut [Finding] {
    match outcome {
        Outcome::Fail(findings) => findings,
        _ => &mut [],
    }
}

/// What is there without what one of them takes out, and with what one of them adds; `None`: nobody says anything.
fn joined<'a, T: Clone + PartialEq + 'a>(
    there: &[T],
    wanted: impl Iterator<Item = &'a Vec<T>> + Clone,
) -> Option<Vec<T>> {
    wanted.clone().next()?;
    let kept = there.iter().filter(|one| wanted.clone().all(|wanted| wanted.contains(one)));
    let mut all: Vec<T> = kept.cloned().collect();
    for one in wanted.flatten() {
        if !there.contains(one) && !all.contains(one) {
            all.push(one.clone());
        }
    }
    Some(all)
}

fn body(resource_version: &str, wanted: &Wanted) -> Value {
    let mut data = Map::new();
    if let Some(names) = &wanted.names {
        data.insert("requestheader-allowed-names".to_owned(), json!(json!(names).to_string()));
    }
    if let Some(authorities) = &wanted.authorities {
        data.insert("requestheader-client-ca-file".to_owned(), json!(pem_of(authorities)));
    }
    if let Some(clients) = &wanted.clients {
        data.insert("client-ca-file".to_owned(), json!(pem_of(clients)));
    }
    json!({ "metadata": { "resourceVersion": resource_version }, "data": data })
}

fn pem_of(certificates: &[Certificate]) -> String {
    let block = |certificate: &Certificate| pem::Pem::new("CERTIFICATE", certificate.raw.as_slice());
    let encoding = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    certificates.iter().map(|certificate| pem::encode_config(&block(certificate), encoding)).collect()
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;
    use crate::lint::testing::{Cluster, Issued, NOW, bundle};
    use crate::lint::{Beside, Target, judge};
    use crate::model::Objects;

    /// The commands of all findings that patch the ConfigMap.
    fn patches(config_map: &ConfigMap, cluster: &Cluster) -> Vec<String> {
        let server = cluster.server().setup();
        let beside = Beside::of([Target::Server(&server)]);
        let context = Context::new(&beside, Objects::NONE, NOW, Duration::days(30));
        let judgement = judge(Target::ConfigMap(config_map), &context).unwrap();
        let commands = judgement.findings().flat_map(|(_, finding)| finding.fix.commands.clone());
        commands.filter(|command| command.contains(" patch configmap ")).collect()
    }

    #[test]
    fn all_findings_of_one_state_have_one_patch() {
        let cluster = Cluster::new();
        let (old, older) = (Issued::ca("old"), Issued::ca("older"));
        let read = |names: &str, cas: &[&Issued]| {
            let map = cluster.config_map().set("requestheader-allowed-names", names).set("resource-version", "211");
            map.set("requestheader-client-ca-file", &bundle(cas)).read()
        };
        let both = patches(&read(r#"["aggregator","front-proxy-client"]"#, &[&old, &cluster.front_proxy_ca]), &cluster);
        assert_eq!(both.len(), 1, "{both:?}");
        let command = both.first().unwrap();
        assert!(command.contains(r#"["front-proxy-client"]"#.replace('"', r#"\""#).as_str()), "{command}");
        let kept = cluster.front_proxy_ca.pem.lines().nth(1).unwrap();
        assert!(command.contains(kept) && !command.contains(old.pem.lines().nth(3).unwrap()), "{command}");
        let same = read(r#"["front-proxy-client"]"#, &[&old, &older, &cluster.front_proxy_ca]);
        assert_eq!(patches(&same, &cluster).len(), 1, "two findings, one patch");
        // What a server lacks it does not run with yet, and what seems to be nobody's may be what it runs with.
        let added = patches(&read(r#"["aggregator"]"#, &[&old, &older]), &cluster);
        assert_eq!(added.len(), 1, "{added:?}");
        let command = added.first().unwrap();
        assert!(command.contains(kept) && command.contains(old.pem.lines().nth(3).unwrap()), "{command}");
    }
}
