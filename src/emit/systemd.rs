//! A unit's `ExecStart=`.

use super::FlagSet;

pub(super) fn write(set: &FlagSet) -> String {
    let words = set.flags.iter().map(|flag| format!(" \\\n  {}", word(&flag.argument())));
    format!(
        "# Add these arguments to ExecStart= of kube-apiserver.service.\n\
         [Service]\n\
         ExecStart=/usr/local/bin/kube-apiserver{}\n",
        words.collect::<String>()
    )
}

/// A word that means itself: `%` begins a specifier (systemd.unit), `$` a variable (systemd.service, "Command lines"),
/// quotes and backslashes are C's (systemd.syntax, "Quoting").
pub(super) fn word(text: &str) -> String {
    let text = text.replace('%', "%%").replace('$', "$$");
    let is_plain = |character: char| character.is_alphanumeric() || "-_=./,:@+%$".contains(character);
    if text.chars().all(is_plain) { text } else { format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"")) }
}

#[cfg(test)]
mod tests {
    use super::super::example;

    #[test]
    fn what_systemd_would_replace_is_doubled() {
        assert!(super::write(&example("100% $x \"y\" \\z", "/pki")).ends_with(concat!(
            "ExecStart=/usr/local/bin/kube-apiserver \\\n",
            "  \"--requestheader-allowed-names=\\\"100%% $$x \\\"\\\"y\\\"\\\" \\\\z\\\"\" \\\n",
            "  --proxy-client-key-file=/pki/front-proxy-client.key\n",
        )));
    }
}
