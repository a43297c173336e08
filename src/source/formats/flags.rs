//! Flags behind `--` on our own command line.

use crate::kubernetes::Component;
use crate::source::arguments::{Arguments, program_of};
use crate::source::program::Certainty;
use crate::source::shell;
use crate::source::{InputFormat, Invocation};
use crate::text::{Origin, SourceFile, Text};

/// The name that stands for the command line where a file's would.
const COMMAND_LINE: &str = "<command line>";

/// The arguments of one kube-apiserver, or of the program that they begin with. The text that findings point into is
/// the command line as a shell would need it.
pub fn invocation(arguments: &[String]) -> Invocation {
    let quoted: Vec<String> = arguments.iter().map(|argument| quoted(argument)).collect();
    let file = SourceFile::new(COMMAND_LINE, quoted.join(" "));
    let (mut fields, _) = shell::words(&Text::of(&file));
    let program = program_of(&fields, Certainty::Sure);
    let component = program.map_or(Component::KubeApiserver, |program| program.component);
    let fields = fields.split_off(program.map_or(0, |program| program.arguments).min(fields.len()));
    Arguments::of(&fields).invocation(component, component.name(), Origin::start_of(&file), InputFormat::Flags)
}

/// A word that a shell reads back as `argument`.
fn quoted(argument: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "-_=./:,@+%*".contains(character);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    fn invocation(arguments: &[&str]) -> Invocation {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        super::invocation(&arguments)
    }

    #[test]
    fn arguments_come_back_as_they_were_given() {
        for arguments in [
            &["--a=b", "--c", "d e", "", "--f='g' \"h\"", "--i=$x\n", "#", "ü\u{a0}"][..],
            &["--requestheader-allowed-names=\"\"", "a;b", "~", "<x>", "A=b", "if", "{"],
            &[],
        ] {
            let found = invocation(arguments);
            let texts: Vec<&str> = found.arguments.iter().map(|argument| argument.text.as_str()).collect();
            assert_eq!(texts, arguments);
        }
    }

    #[test]
    fn a_program_in_front_is_taken_off() {
        let found = invocation(&["/usr/bin/kube-controller-manager", "--client-ca-file=/a b"]);
        assert_eq!(found.component, Component::KubeControllerManager);
        assert_eq!(found.arguments[0].text.origin().to_string(), "<command line>:1:35");
        assert_eq!(invocation(&["--v=2"]).component, Component::KubeApiserver);
    }
}
