//! Where a process starts: `workingDir:` of a container, `WorkingDirectory=` of a unit, `cd` in a script.

use crate::source::extra_arguments;
use crate::source::{Argument, Invocation};
use crate::text::Text;

/// Flags that name files.
pub(super) fn is_path(flag: &str) -> bool {
    flag.ends_with("file") || flag.starts_with("kubelet-client-") || flag == "kubelet-certificate-authority"
}

impl Invocation {
    /// Puts the directory before the relative paths of flags that name files.
    pub(super) fn start_in(&mut self, directory: &str) {
        resolve_paths(&mut self.arguments, directory);
    }
}

fn resolve_paths(arguments: &mut [Argument], directory: &str) {
    let mut value_follows = false;
    for argument in arguments {
        let names_file = extra_arguments::name(argument).is_some_and(|name| is_path(&name));
        let text = &argument.text;
        let value = match text.as_str().find('=').map(|equals| equals + 1) {
            _ if value_follows => Some(0),
            equals => equals.filter(|_| names_file),
        };
        value_follows = names_file && value.is_none();
        let Some(start) = value.filter(|_| !argument.opaque) else { continue };
        let path = text.as_str().get(start..).unwrap_or_default();
        if !path.is_empty() && !path.starts_with(['/', '-']) {
            let mut resolved = text.slice(0..start);
            // The place is the flag's.
            let directory = format!("{}/", directory.trim_end_matches('/'));
            resolved.append(&Text::synthetic(directory, &text.slice(start..start).origin()));
            resolved.push(text, text.len() - path.trim_start_matches("./").len()..text.len());
            argument.text = resolved;
        }
    }
}
