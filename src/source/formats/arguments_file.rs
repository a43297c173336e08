//! A file of flags, one a line, that a wrapper hands to the server: MicroK8s' `args/kube-apiserver`.
//!
//! MicroK8s evaluates the file as the words of a shell array (`run-kubelite-with-args`), so quotes are a shell's.

use std::path::Path;

use crate::kubernetes::Component;
use crate::source::arguments::Arguments;
use crate::source::program::{component, component_of_flags, flag_name, starts_with};
use crate::source::shell;
use crate::source::{Completeness, Document, InputFormat, ReadError, Surroundings};
use crate::text::Text;

pub(in crate::source) fn read(
    text: &Text,
    _surroundings: &dyn Surroundings,
) -> Result<Option<Vec<Document>>, ReadError> {
    if !is_arguments_file(text.as_str()) {
        return Ok(None);
    }
    let (fields, notes) = shell::words(text);
    let words = || fields.iter().map(|field| field.text.as_str());
    let named = component(text.file().name());
    let Some(component) = component_of_flags(words()).or(named) else { return Ok(None) };
    let Some(first) = fields.first() else { return Ok(None) };
    let origin = first.text.origin();
    let has = |name: &str| words().any(|word| flag_name(word).as_deref() == Some(name));
    let whole = starts_with(component, has) || is_microk8s_own(text.file().name(), component);
    let arguments = Arguments::of(&fields);
    let mut invocation =
        arguments.invocation(component, component.name(), origin, InputFormat::ArgumentsFile).with_notes(notes.iter());
    if !whole {
        invocation.completeness = Completeness::Fragment;
    }
    Ok(Some(vec![Document::Invocation(invocation)]))
}

/// `$SNAP_DATA/args/kube-apiserver`, to which MicroK8s adds nothing when it runs the server.
fn is_microk8s_own(file: &str, component: Component) -> bool {
    Path::new(file).ends_with(Path::new("args").join(component.name()))
}

/// Every line is a flag, a comment or blank, and none goes on in the next.
fn is_arguments_file(text: &str) -> bool {
    let mut flags = 0_usize;
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || crate::source::expression::expression(line).is_some() {
            continue;
        }
        let flag = line.split_whitespace().next().unwrap_or_default();
        if flag_name(flag).is_none() && !flag.starts_with("-v=") || line.ends_with('\\') {
            return false;
        }
        flags += 1;
    }
    flags > 0
}

#[cfg(test)]
mod tests {
    use crate::source::{Completeness, Document, NoSurroundings, read};
    use crate::text::SourceFile;

    #[test]
    fn what_lies_where_microk8s_has_it_is_whole() {
        for (name, expected) in [
            ("x/args/kube-apiserver", Completeness::Complete),
            ("x/more/kube-apiserver", Completeness::Fragment),
            ("x/args/kube-scheduler", Completeness::Fragment),
        ] {
            let file = SourceFile::new(name, "--requestheader-allowed-names=a\n--proxy-client-cert-file=/p\n");
            let found = read(&file, None, &NoSurroundings).unwrap();
            let [Document::Invocation(server)] = &found[..] else { panic!("{found:?}") };
            assert_eq!(server.completeness, expected, "{name}");
        }
    }
}
