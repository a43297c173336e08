//! What a person types.

use std::path::Path;
use std::process::{Command, Output};

/// Runs the finished program, and gives what it prints.
pub(crate) fn aggcert(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_aggcert")).current_dir(directory).args(arguments).output().unwrap();
    text_of(&output, arguments)
}

/// Runs a command that is printed for people, with the finished program in the place of one that is installed; kubectl
/// asks the server of `kubeconfig`.
pub(crate) fn shell(directory: &Path, kubeconfig: &str, command: &str) -> String {
    let script = format!("aggcert() {{ \"$0\" \"$@\"; }}\n{command}");
    let output = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_aggcert")])
        .current_dir(directory)
        .env("KUBECONFIG", kubeconfig)
        .output()
        .unwrap();
    text_of(&output, command)
}

fn text_of(output: &Output, command: impl std::fmt::Debug) -> String {
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Makes a front proxy in `pki`, and gives the flags for it.
pub(crate) fn front_proxy_flags(directory: &Path) -> Vec<String> {
    aggcert(directory, &["init", "pki"]);
    lines(&aggcert(directory, &["flags", "pki"]))
}

/// One argument a line.
pub(crate) fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}
