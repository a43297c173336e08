//! What the tests of this module share.

use crate::source::{Argument, Completeness, Component, InputFormat, Invocation, Origin, Provenance, SourceFile, Text};

/// A kube-apiserver with these flags after `--`; the arguments with braces in them are opaque.
pub(super) fn invocation(arguments: &[&str]) -> Invocation {
    let file = SourceFile::new("arguments", arguments.join("\n"));
    let mut offset = 0;
    let whole = Text::of(&file);
    let arguments = arguments
        .iter()
        .map(|argument| {
            let text = whole.slice(offset..offset + argument.len());
            offset += argument.len() + 1;
            Argument { opaque: argument.contains("{{"), text, provenance: Provenance::Written }
        })
        .collect();
    Invocation {
        component: Component::KubeApiserver,
        name: "kube-apiserver".into(),
        origin: Origin::start_of(&file),
        format: InputFormat::Flags,
        arguments,
        completeness: Completeness::Complete,
        version: None,
        mounts: Vec::new(),
        unresolved: Vec::new(),
    }
}
