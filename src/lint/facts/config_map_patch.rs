//! Commands that change the ConfigMap where it is wrong.
//!
//! Nothing but a person takes anything out of it: kube-apiserver adds what it has to what is there
//! (pkg/controlplane/controller/clusterauthenticationtrust, `combinedClusterAuthenticationInfo`). To delete it instead
//! would take trust from extension API servers until every server has written its part again.

use serde_json::{Map, Value, json};

use crate::lint::Fix;
use crate::model::ConfigMap;
use crate::text::{shell_command, shell_word};
use crate::x509::Certificate;

use super::wording::{list, quoted, subject_and_fingerprint};

/// What a person still pastes into a terminal.
const LONGEST: usize = 16 * 1024;

/// What the ConfigMap is to hold; `None` stays as it is.
#[derive(Default)]
pub(crate) struct Wanted<'a> {
    pub names: Option<Vec<&'a str>>,
    pub authorities: Option<Vec<&'a Certificate>>,
}

impl Wanted<'_> {
    fn is_known(&self) -> bool {
        self.names.is_some() || self.authorities.is_some()
    }
}

/// Patches what was judged and nothing newer: the API server refuses another resourceVersion. Where that is not known,
/// nor what to write, or the patch would be too long, what is there now is edited.
pub(crate) fn patch(config_map: &ConfigMap, sentence: impl Into<String>, wanted: &Wanted<'_>) -> Fix {
    let (namespace, name) = config_map.name().split_once('/').unwrap_or(("kube-system", ""));
    let fix = Fix::from(sentence.into());
    let version = config_map.resource_version.as_ref().filter(|_| wanted.is_known());
    let patch = version.map(|version| body(version, wanted).to_string());
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
    patch(config_map, sentence, &Wanted { names: known, ..Wanted::default() })
}

/// Takes CAs for front proxies out of the ConfigMap, and leaves it these.
pub(crate) fn take_out(config_map: &ConfigMap, out: &[&Certificate], left: Vec<&Certificate>) -> Fix {
    let names: Vec<String> = out.iter().map(|ca| subject_and_fingerprint(ca)).collect();
    let sentence = format!("Take {} out of requestheader-client-ca-file of the ConfigMap.", list(&names, "and"));
    patch(config_map, sentence, &Wanted { authorities: Some(left), ..Wanted::default() })
}

fn body(resource_version: &str, wanted: &Wanted<'_>) -> Value {
    let mut data = Map::new();
    if let Some(names) = &wanted.names {
        data.insert("requestheader-allowed-names".to_owned(), json!(json!(names).to_string()));
    }
    if let Some(authorities) = &wanted.authorities {
        let pem: String = authorities.iter().map(|authority| pem_of(authority)).collect();
        data.insert("requestheader-client-ca-file".to_owned(), json!(pem));
    }
    json!({ "metadata": { "resourceVersion": resource_version }, "data": data })
}

fn pem_of(certificate: &Certificate) -> String {
    let block = pem::Pem::new("CERTIFICATE", certificate.raw.as_slice());
    pem::encode_config(&block, pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF))
}
