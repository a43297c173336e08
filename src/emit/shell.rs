//! A command line for a POSIX shell.

use super::FlagSet;
use crate::text::shell_word;

pub(super) fn write(set: &FlagSet) -> String {
    let words = set.flags.iter().map(|flag| format!(" \\\n  {}", shell_word(&flag.argument())));
    format!("kube-apiserver{}\n", words.collect::<String>())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::super::example;

    /// The shell itself says what it makes of it.
    #[test]
    fn a_shell_reads_the_arguments_back() {
        for name in ["front-proxy-client", "a b", "it's", "a,\"b\"", "$HOME `id` \\ *", "ä~#!"] {
            let set = example(name, "/my pki");
            let script = super::write(&set).replacen("kube-apiserver", "printf '%s\\n'", 1);
            let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), super::super::args::write(&set), "{name}");
        }
    }

    #[test]
    fn one_argument_a_line() {
        assert_eq!(
            super::write(&example("it's", "/pki")),
            "kube-apiserver \\\n  '--requestheader-allowed-names=it'\\''s' \\\n  \
             --proxy-client-key-file=/pki/front-proxy-client.key\n"
        );
    }
}
