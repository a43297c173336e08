//! What a script does to the file of a server after it was written: `sed -i` on its manifest or unit, or a line behind it.

use std::sync::Arc;

use super::program::base_name;
use super::{Document, Invocation};
use crate::kubernetes::Component;
use crate::text::{Located, Origin, SourceFile};

/// Programs that change files where they are, with `-i`.
const EDITORS: [&str; 3] = ["sed", "yq", "perl"];

/// What puts lines behind those of a file.
const APPENDING: [&str; 2] = [">>", "tee"];

/// Leaves open the servers of a text in which such a command stands: what it makes of the file is not known here.
pub(super) fn leave_open(file: &Arc<SourceFile>, documents: &mut [Document]) {
    let text = file.text();
    if !documents.iter().any(|document| matches!(document, Document::Invocation(_))) {
        return;
    }
    let may_edit = |line: &str| EDITORS.iter().chain(&APPENDING).any(|word| line.contains(word));
    for (start, line) in logical_lines(text).filter(|(_, line)| may_edit(line)) {
        let Some((components, what)) = edited(line) else { continue };
        let servers = documents.iter_mut().filter_map(|document| match document {
            Document::Invocation(server) if components.contains(&server.component) => Some(server),
            _ => None,
        });
        let lead = line.len() - line.trim_start().len();
        let origin = Origin::new(file, start + lead..start + line.trim_end().len());
        servers.for_each(|server| open(server, &what, &origin));
    }
}

fn open(server: &mut Invocation, what: &str, origin: &Origin) {
    // What is read from the very line is what is added.
    if !server.arguments.iter().any(|argument| origin.range().contains(&argument.text.origin().range().start)) {
        server.open.get_or_insert_with(|| Located::new(what.to_owned(), origin.clone()));
    }
}

/// Lines with those that a backslash continues, and where each begins.
fn logical_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let start = at;
        let mut end = 0;
        for line in rest.split_inclusive('\n') {
            end += line.len();
            if !line.trim_end().ends_with('\\') {
                break;
            }
        }
        at += end;
        Some((start, rest.get(..end)?))
    })
}

/// The components whose file a line changes, and how.
fn edited(line: &str) -> Option<(Vec<Component>, String)> {
    if line.trim_start().starts_with(['#', '/']) {
        return None;
    }
    let quotes = ['"', '\'', '`', ';', ')', ',', ']', '}'];
    let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches(quotes)).collect();
    edited_in_place(&words).or_else(|| appended_to(&words))
}

fn edited_in_place(words: &[&str]) -> Option<(Vec<Component>, String)> {
    let is_editor = |word: &&str| EDITORS.contains(&base_name(word));
    let at = words.iter().position(|word| is_editor(&word.trim_start_matches(['(', '[', '"', '\'', '{'])))?;
    let behind = words.get(at + 1..)?;
    let changes = |word: &&&str| {
        word.starts_with("--in-place") || word.starts_with('-') && !word.starts_with("--") && word.contains('i')
    };
    behind.iter().find(changes)?;
    let (components, path) = behind.iter().find_map(|word| Some((components_of(word)?, word)))?;
    let editor = words.get(at).map_or("", |word| base_name(word));
    Some((components, format!("{editor} changes {path} afterwards, which is not done here")))
}

/// An editor that prints may be what writes the lines: `sed ... more >> kube-apiserver.yaml`.
fn appended_to(words: &[&str]) -> Option<(Vec<Component>, String)> {
    let is_append = |pair: &&[&str]| matches!(pair, [operator, _] if *operator == ">>" || *operator == "-a");
    let separate = words.windows(2).find(is_append).and_then(|pair| pair.last().copied());
    let joined = || words.iter().find_map(|word| word.strip_prefix(">>").filter(|path| !path.is_empty()));
    let path = separate.or_else(joined)?;
    Some((components_of(path)?, format!("lines are put behind {path} afterwards, which are not read as its part here")))
}

/// Of a file that is called after one: `kube-apiserver.yaml`; all where it is any file of kubelet's: `manifests/*.yaml`.
fn components_of(path: &str) -> Option<Vec<Component>> {
    const ENDINGS: [&str; 6] = ["yaml", "yml", "json", "service", "conf", "env"];
    let is_any = base_name(path).contains('*') && path.split('/').any(|part| part == "manifests");
    let (name, ending) = base_name(path).rsplit_once('.').unwrap_or((path, ""));
    let is_of = |component: &Component| is_any || name == component.name() && ENDINGS.contains(&ending);
    let components: Vec<Component> = Component::ALL.into_iter().filter(is_of).collect();
    (!components.is_empty()).then_some(components)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{NoSurroundings, read};

    #[test]
    fn what_a_script_changes_in_a_manifest_afterwards_is_open() {
        let is_open = |command: &str| {
            let script = format!(
                "#!/bin/bash\ncat > /m/kube-apiserver.yaml <<EOF\nkind: Pod\nspec:\n  containers:\n  - command:\n    - \
                 kube-apiserver\n    - --client-ca-file=/a\nEOF\n{command}\n"
            );
            let found = read(&SourceFile::new("x.sh", script), None, &NoSurroundings).unwrap();
            let Some(Document::Invocation(server)) = found.first() else { panic!("{found:?}") };
            server.open.as_ref().map(|why| why.origin.start().0)
        };
        for command in [
            "sed -i 's#/a#/b#' /m/kube-apiserver.yaml",
            "sudo /bin/sed -E -i.bak 's#/a#/b#' \"$DIR/kube-apiserver.yaml\"",
            "sed --in-place=.bak \\\n  -e 's#/a#/b#' /m/kube-apiserver.yaml",
            "yq -i '.spec' /m/kube-apiserver.yaml;",
            "cat more >> /m/kube-apiserver.yaml",
            "cat more | tee -a /m/kube-apiserver.yaml",
            "sed 's#/a#/b#' more >> /m/kube-apiserver.yaml",
            "sed -i 's#/a#/b#' more; cat more >> /m/kube-apiserver.yaml",
            "sed -i 's#/a#/b#' /etc/kubernetes/manifests/*.yaml",
            "sed -i 's#/a#/b#' /etc/kubernetes/manifests/*",
            "perl -pe 's#/a#/b#' more | sudo tee -a /m/kube-apiserver.yaml",
        ] {
            assert_eq!(is_open(command), Some(10), "{command}");
        }
        for other in [
            "sed 's#/a#/b#' /m/kube-apiserver.yaml",
            "# sed -i 's#/a#/b#' /m/kube-apiserver.yaml",
            "sed -i 's#/a#/b#' /m/kube-scheduler.yaml",
            "sed -i 's#/a#/b#' /etc/kubernetes/kubelet.conf",
            "sed -i 's#/a#/b#' /etc/kubernetes/*.conf",
            "sed -i 's#/manifests/.*#/b#' /etc/kubernetes/kubelet.conf",
            "echo done >> /var/log/x.log",
        ] {
            assert_eq!(is_open(other), None, "{other}");
        }
    }
}
