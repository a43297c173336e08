//! Commands that change an APIService where it is wrong.

use std::path::Path;

use serde_json::{Value, json};

use crate::lint::Fix;
use crate::model::Objects;
use crate::source::ApiService;
use crate::text::{operand, shell_command, shell_word};

/// Gives `spec.service` these fields.
pub(crate) fn service(sentence: impl Into<String>, name: &str, fields: &Value) -> Fix {
    let patch = json!({ "spec": { "service": fields } }).to_string();
    Fix::from(sentence.into()).command(&["kubectl", "patch", "apiservice", name, "--type=merge", "-p", &patch])
}

/// Switches verification on, with the caBundle that is there.
pub(crate) fn verify(sentence: &str, name: &str) -> Fix {
    let patch = format!("[{VERIFY}]");
    Fix::from(sentence).command(&["kubectl", "patch", "apiservice", name, "--type=json", "-p", &patch])
}

/// Gives it a caBundle, and switches verification on where it is off.
pub(crate) fn with_ca_bundle(service: &ApiService, objects: &Objects) -> Fix {
    let name = &service.name.value;
    let before = if service.skips_verification() { format!("{VERIFY},") } else { String::new() };
    let file = operand(&serving_ca(service, objects));
    let quoted = shell_word(&file);
    let patch = shell_command(&["kubectl", "patch", "apiservice", name, "--type=json", "-p"]);
    let begin = format!(r#"'[{before}{{"op":"add","path":"/spec/caBundle","value":"'"#);
    // Base64 holds nothing that JSON or a shell would take for something else.
    let value = format!(r#""$(base64 < {quoted} | tr -d '\n')""#);
    let fix = Fix::from(format!(
        "Give {name} the CA that issued its server's certificate, and no other, once every Pod shows that certificate; here \
         the CA is in {file}, where `aggcert extension` puts it."
    ));
    // Without the file, the patch would take away the CA that is there.
    fix.shell(format!(r#"test -s {quoted} && {patch} {begin}{value}'"}}]'"#))
}

/// Where `aggcert extension` puts the CA: beside the objects, or in the directory that it makes without another one. A file of
/// the name `ca.crt` is another CA wherever kubeadm has its own.
fn serving_ca(service: &ApiService, objects: &Objects) -> String {
    let beside = Path::new(service.name.origin.file().name()).parent();
    let is_made_here = |directory: &&Path| {
        let key = directory.join("serving-ca.key");
        objects.keys().iter().any(|kept| Path::new(&kept.path) == key)
    };
    let directory = beside.filter(is_made_here).unwrap_or(Path::new(&service.name.value));
    directory.join("serving-ca.crt").display().to_string()
}

const VERIFY: &str = r#"{"op":"remove","path":"/spec/insecureSkipTLSVerify"}"#;
