//! Commands that change an APIService where it is wrong.

use serde_json::{Value, json};

use crate::lint::Fix;
use crate::text::shell_command;

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

/// Gives it a caBundle.
pub(crate) fn with_ca_bundle(name: &str) -> Fix {
    ca_bundle(name, "")
}

/// Gives it a caBundle, and switches verification on.
pub(crate) fn verify_with_ca_bundle(name: &str) -> Fix {
    ca_bundle(name, &format!("{VERIFY},"))
}

const VERIFY: &str = r#"{"op":"remove","path":"/spec/insecureSkipTLSVerify"}"#;

/// `before` are other operations of the patch, each with its comma.
fn ca_bundle(name: &str, before: &str) -> Fix {
    // Base64 holds nothing that JSON or a shell would take for something else.
    let value = r#""$(base64 < ca.crt | tr -d '\n')""#;
    // Without the file, the patch would take away the CA that is there.
    let test = "test -s ca.crt &&";
    let patch = shell_command(&["kubectl", "patch", "apiservice", name, "--type=json", "-p"]);
    let begin = format!(r#"'[{before}{{"op":"add","path":"/spec/caBundle","value":"'"#);
    Fix::from(format!("Give {name} the CA that issued its server's certificate, once the server has that certificate; here the CA is in ca.crt."))
        .shell(format!(r#"{test} {patch} {begin}{value}'"}}]'"#))
}
