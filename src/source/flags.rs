//! Flags after `--` on our own command line: what a shell made of them is what the server would get.

use super::{Argument, Completeness, Component, InputFormat, Invocation, Origin, Provenance, SourceFile, Text};

/// The invocation of a kube-apiserver with exactly these arguments.
pub fn invocation(arguments: &[String]) -> Invocation {
    let file = SourceFile::new("<command line>", arguments.join(" "));
    let all = Text::of(&file);
    let mut start = 0;
    let arguments = arguments
        .iter()
        .map(|argument| {
            let end = start + argument.len();
            let text = all.slice(start..end);
            start = end + 1;
            Argument { text, opaque: false, provenance: Provenance::Written }
        })
        .collect();
    Invocation {
        component: Component::KubeApiserver,
        name: "kube-apiserver".to_owned(),
        origin: Origin::start_of(&file),
        format: InputFormat::Flags,
        arguments,
        completeness: Completeness::Complete,
        version: None,
        mounts: Vec::new(),
        unresolved: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_argument_has_its_place() {
        let arguments = ["--a=b c", "", "é", "d"].map(str::to_owned);
        let invocation = invocation(&arguments);
        let places: Vec<_> = invocation.arguments.iter().map(|argument| argument.text.origin().to_string()).collect();
        assert_eq!(places, ["<command line>:1:1", "<command line>:1:9", "<command line>:1:10", "<command line>:1:12"]);
        assert!(invocation.arguments.iter().zip(&arguments).all(|(ours, given)| ours.text.as_str() == given));
    }
}
