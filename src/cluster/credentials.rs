//! The credentials of a kubeconfig. They are had, and tested, before the client is made, which stops at a token that is no
//! header and prints all that a plugin prints.

use std::io::{IsTerminal as _, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::client::AuthError;
use kube::config::{AuthInfo, AuthProviderConfig, ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use serde_json::{Value, json};

/// How long a plugin may take that asks nobody.
const PLUGIN_TIMEOUT: Duration = Duration::from_secs(30);

/// How often it is looked whether a plugin has ended.
const PAUSE: Duration = Duration::from_millis(20);

/// `ExecCredential` of client.authentication.k8s.io.
#[derive(Deserialize)]
struct ExecCredential {
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// Reads the file of the token, and asks the plugin, so that what remains is a token or a certificate.
///
/// # Errors
/// Why there are no credentials, without a word of them.
pub(super) fn prepare(user: &mut AuthInfo) -> Result<(), String> {
    if user.token.is_none()
        && let Some(path) = user.token_file.take()
    {
        let token = std::fs::read_to_string(&path).map_err(|error| format!("tokenFile {path}: {error}"))?;
        // As client-go does (transport.fileTokenSource).
        let token = token.trim();
        is_header(token).map_err(|why| format!("tokenFile {path}: the token {why}"))?;
        user.token = Some(token.into());
    }
    // It counts before all else, and the library takes its token for a header unseen.
    if let Some(provider) = user.auth_provider.take() {
        user.token = Some(token_of(&provider)?.into());
        (user.username, user.password) = (None, None);
    }
    // A plugin is asked where nothing else is given.
    let is_basic = user.username.is_some() && user.password.is_some();
    if user.token.is_none()
        && !is_basic
        && let Some(plugin) = user.exec.take()
    {
        let status = ask(&plugin).map_err(|why| failed(&plugin, &why))?;
        if let (Some(certificate), Some(key)) = (status.client_certificate_data, status.client_key_data) {
            user.client_certificate_data = Some(STANDARD.encode(certificate));
            user.client_key_data = Some(STANDARD.encode(key).into());
        }
        if let Some(token) = &status.token {
            is_header(token).map_err(|why| failed(&plugin, &format!("gave a token that {why}")))?;
            user.token = Some(token.as_str().into());
        }
    }
    let given = serde_json::to_value(&*user).unwrap_or_default();
    let token = given.get("token").and_then(Value::as_str).unwrap_or_default();
    is_header(token).map_err(|why| format!("the token of the user {why}"))
}

/// The token of what came before plugins: kubectl knows `oidc` alone of them since 1.26 (client-go, plugin/pkg/client/auth).
fn token_of(provider: &AuthProviderConfig) -> Result<&str, String> {
    let name = &provider.name;
    if name != "oidc" {
        return Err(format!(
            "its auth-provider {name:?} is one that kubectl does not know any more (1.26); use the plugin that has taken its \
             place, such as gke-gcloud-auth-plugin or kubelogin"
        ));
    }
    let token = provider.config.get("id-token").ok_or("its auth-provider \"oidc\" has no id-token: log in again")?;
    is_header(token).map_err(|why| format!("the id-token of its auth-provider {why}"))?;
    Ok(token)
}

/// Without what the library prints of the output and of the arguments of a command.
pub(super) fn why(error: &AuthError) -> String {
    match error {
        AuthError::AuthExecRun { status, .. } => format!("the command of its user {}", ended(*status)),
        AuthError::AuthExecParse(_) => "what the command of its user prints is no ExecCredential".to_owned(),
        AuthError::ParseTokenKey(_) => "what the command of its user prints is no JSON".to_owned(),
        other => super::redact::text(&other.to_string()).into_owned(),
    }
}

fn failed(plugin: &ExecConfig, why: &str) -> String {
    let name = plugin.command.as_deref().unwrap_or_default();
    let hint = plugin.install_hint.as_deref().map(|hint| format!("; {}", hint.trim())).unwrap_or_default();
    format!("its plugin {name:?} {why}; run the command of `exec` in the kubeconfig by hand to see what is wrong{hint}")
}

fn is_header(token: &str) -> Result<(), &'static str> {
    let is_valid = http::HeaderValue::from_str(&format!("Bearer {token}")).is_ok();
    if is_valid { Ok(()) } else { Err("has a line break, or another character that no header may have, in it") }
}

fn ended(status: ExitStatus) -> String {
    status.code().map_or_else(|| "was ended by a signal".to_owned(), |code| format!("ended with exit code {code}"))
}

fn ask(plugin: &ExecConfig) -> Result<Status, String> {
    let has_terminal = std::io::stdin().is_terminal();
    if plugin.interactive_mode == Some(ExecInteractiveMode::Always) && !has_terminal {
        return Err("wants a terminal (interactiveMode: Always), and standard input is none".to_owned());
    }
    let is_interactive = has_terminal && plugin.interactive_mode != Some(ExecInteractiveMode::Never);
    let mut child = command(plugin, is_interactive)?.spawn().map_err(|error| format!("does not start: {error}"))?;
    let limit = (!is_interactive).then_some(PLUGIN_TIMEOUT);
    let (status, printed) = wait(&mut child, limit)
        .map_err(|error| format!("failed: {error}"))?
        .ok_or_else(|| format!("has not ended after {} seconds and was stopped", PLUGIN_TIMEOUT.as_secs()))?;
    if !status.success() {
        return Err(ended(status));
    }
    // YAML as well, as the codec of client-go takes it.
    let read: Result<ExecCredential, _> = serde_saphyr::from_slice(&printed);
    let read = read.map_err(|_| "printed what is no ExecCredential".to_owned())?;
    read.status.ok_or_else(|| "printed an ExecCredential without a status".to_owned())
}

fn command(plugin: &ExecConfig, is_interactive: bool) -> Result<Command, String> {
    let mut command = Command::new(plugin.command.as_deref().ok_or("is not named (`command`)")?);
    command.args(plugin.args.iter().flatten());
    for variable in plugin.env.iter().flatten() {
        if let (Some(name), Some(value)) = (variable.get("name"), variable.get("value")) {
            command.env(name, value);
        }
    }
    let mut spec = json!({ "interactive": is_interactive });
    if plugin.provide_cluster_info {
        spec["cluster"] = serde_json::to_value(&plugin.cluster).unwrap_or_default();
    }
    let asked = json!({"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": spec});
    command.env("KUBERNETES_EXEC_INFO", asked.to_string());
    command.stdout(Stdio::piped());
    if is_interactive {
        // It talks with the user itself.
        command.stdin(Stdio::inherit()).stderr(Stdio::inherit());
    } else {
        command.stdin(Stdio::null()).stderr(Stdio::null());
    }
    Ok(command)
}

/// What a child prints, and how it ends; `None`: not in time, and it was stopped.
fn wait(child: &mut Child, limit: Option<Duration>) -> std::io::Result<Option<(ExitStatus, Vec<u8>)>> {
    let deadline = limit.map(|limit| Instant::now() + limit);
    let (sender, receiver) = mpsc::channel();
    if let Some(mut output) = child.stdout.take() {
        std::thread::spawn(move || {
            let mut printed = Vec::new();
            // A reader that is gone has given up.
            let _ = sender.send(output.read_to_end(&mut printed).map(|_| printed));
        });
    }
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(PAUSE);
    };
    // What it has started may hold the pipe open.
    let printed = receiver.recv_timeout(limit.unwrap_or(PLUGIN_TIMEOUT)).unwrap_or_else(|_| Ok(Vec::new()))?;
    Ok(Some((status, printed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(script: &str) -> ExecConfig {
        let exec = json!({"command": "sh", "args": ["-c", script, "--client-secret", "hunter2abc"],
                          "interactiveMode": "Never"});
        serde_json::from_value(exec).unwrap()
    }

    #[test]
    fn nothing_that_a_plugin_prints_or_is_given_is_told() {
        let credential = r#"{"kind": "ExecCredential", "status": {"token": "s3cret"}}"#;
        for (script, said) in [
            (format!("echo '{credential}'; echo s3cret >&2; exit 3"), "ended with exit code 3"),
            (format!("echo '{credential}' | tr -d '}}'"), "no ExecCredential"),
            ("echo s3cret".to_owned(), "no ExecCredential"),
            (r#"printf '%s' '{"status": {"token": "s3cret\nx"}}'"#.to_owned(), "gave a token that has a line break"),
        ] {
            let mut user = AuthInfo { exec: Some(plugin(&script)), ..AuthInfo::default() };
            let why = prepare(&mut user).unwrap_err();
            assert!(why.contains(said) && why.contains("by hand"), "{script}: {why}");
            assert!(!why.contains("s3cret") && !why.contains("hunter2abc"), "{why}");
        }
    }

    #[test]
    fn a_plugin_that_does_not_end_is_stopped() {
        let mut child = command(&plugin("exec sleep 60"), false).unwrap().spawn().unwrap();
        assert!(wait(&mut child, Some(Duration::from_millis(50))).unwrap().is_none());
        assert!(child.try_wait().unwrap().is_some());
    }

    #[test]
    fn an_auth_provider_gives_a_token_of_one_line_or_is_refused() {
        let user = |name: &str, token: &str| {
            let provider =
                json!({"name": name, "config": {"id-token": token, "access-token": token, "cmd-path": "/bin/false"}});
            AuthInfo { auth_provider: Some(serde_json::from_value(provider).unwrap()), ..AuthInfo::default() }
        };
        let mut fine = AuthInfo { token: Some("other".into()), ..user("oidc", "abc") };
        prepare(&mut fine).unwrap();
        assert_eq!(serde_json::to_value(&fine).unwrap()["token"], "abc");
        for (name, token, said) in
            [("oidc", "s3cret\nx", "has a line break"), ("gcp", "s3cret\nx", "does not know any more")]
        {
            let why = prepare(&mut user(name, token)).unwrap_err();
            assert!(why.contains(said) && !why.contains("s3cret"), "{why}");
        }
    }

    #[test]
    fn a_token_is_one_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        std::fs::write(&path, "abc\n").unwrap();
        let mut user = AuthInfo { token_file: Some(path.display().to_string()), ..AuthInfo::default() };
        prepare(&mut user).unwrap();
        assert_eq!(serde_json::to_value(&user).unwrap()["token"], "abc");
        let mut user = AuthInfo { token: Some("s3cret\nx".into()), ..AuthInfo::default() };
        let why = prepare(&mut user).unwrap_err();
        assert!(why.contains("line break") && !why.contains("s3cret"), "{why}");
    }
}
