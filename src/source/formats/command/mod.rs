//! Command lines wherever people write them: shell scripts, Markdown, what `ps` prints, logs, lists in other languages.

mod embedded;
mod list;
mod markdown;
mod raw;
mod source_code;
mod supervisor;
#[cfg(test)]
mod tests;
mod volumes;
mod window;

use crate::kubernetes::Component;
use crate::source::formats::flag_dump;
use crate::source::formats::systemd::{self, Around, EnvironmentFiles, ScriptVariables, Undefined};
use crate::source::makefile;
use crate::source::script::{self, Assigned, Found, handed_on, may_hold_a_command, names_us};
use crate::source::shell::{self, Preset, Script};
use crate::source::{Document, InputFormat, Invocation, NoSurroundings, ReadError, Surroundings, environment_file};
use crate::text::Text;

pub(in crate::source) use embedded::embedded_manifests;
pub(in crate::source) use markdown::is_document;
pub(in crate::source) use source_code::is_source_code;

/// Scripts in strings in scripts: deeper than people write.
const MAXIMUM_DEPTH: usize = 6;

pub(in crate::source) fn read(
    text: &Text,
    surroundings: &dyn Surroundings,
) -> Result<Option<Vec<Document>>, ReadError> {
    let files = EnvironmentFiles::new(surroundings);
    let reader = Reader { format: InputFormat::Command, files: &files };
    let of_makefile = makefile::texts(text);
    let is_makefile = of_makefile.is_some();
    let mut documents = Vec::new();
    for block in of_makefile.unwrap_or_else(|| markdown::code_blocks(text)) {
        let inside = block.len() < text.len() && !is_makefile;
        if !(inside && embedded::is_tree(&block)) {
            documents.extend(reader.text(&block, &Preset::default(), 0));
        }
    }
    Ok((!documents.is_empty()).then(|| in_order(documents)))
}

/// The invocations in shell text, such as the script behind `sh -c`, run with what is told of its surroundings.
pub(in crate::source) fn invocations(text: &Text, preset: &Preset, format: InputFormat) -> Vec<Invocation> {
    let files = EnvironmentFiles::new(&NoSurroundings);
    let reader = Reader { format, files: &files };
    let invocation = |document| match document {
        Document::Invocation(invocation) => Some(invocation),
        _ => None,
    };
    in_order(reader.shell(text, preset, 0)).into_iter().filter_map(invocation).collect()
}

/// Anything at all that could be ours; reading what has nothing of it would only cost time.
fn is_of_interest(text: &str) -> bool {
    names_us(text)
        || text.contains("--proxy-client-")
        || text.contains("--etcd-servers")
        || text.contains("--client-ca-")
}

struct Reader<'a> {
    format: InputFormat,
    files: &'a EnvironmentFiles<'a>,
}

impl Reader<'_> {
    /// A script, or one of the other texts that scripts and documents hold.
    fn text(&self, text: &Text, preset: &Preset, depth: usize) -> Vec<Document> {
        if depth > MAXIMUM_DEPTH || !is_of_interest(text.as_str()) {
            return Vec::new();
        }
        if systemd::is_unit(text) {
            let variables = ScriptVariables::default();
            let around = Around { files: self.files, here_documents: &[], variables: &variables };
            return systemd::documents(text, "", around, Undefined::Opaque);
        }
        // Its items look like flags, but YAML reads quotes otherwise.
        if embedded::is_manifest(text) || (depth > 0 && embedded::is_tree(text)) {
            return Vec::new();
        }
        if is_source_code(text.as_str()) {
            return Vec::new();
        }
        if let Some(documents) = flag_dump::documents(text) {
            return documents;
        }
        if let Some(joined) = supervisor::joined(text) {
            return self.shell(&joined, preset, depth);
        }
        if !text.as_str().starts_with("#!") && environment_file::is_environment_file(text) {
            let variables = environment_file::parse(text);
            // Of systemd and a shell only the latter puts variables in there: /etc/conf.d of OpenRC.
            let by_shell =
                if environment_file::appends(&variables) { self.shell(text, preset, depth) } else { Vec::new() };
            return if by_shell.is_empty() { systemd::fragments(&variables, self.format) } else { by_shell };
        }
        self.shell(text, preset, depth)
    }

    fn shell(&self, text: &Text, preset: &Preset, depth: usize) -> Vec<Document> {
        if depth > MAXIMUM_DEPTH || !is_of_interest(text.as_str()) {
            return Vec::new();
        }
        let raw = raw::invocations(text, self.format);
        if !raw.is_empty() {
            // Beside such lines stands a terminal's or a log's text, which is no shell text.
            return raw.into_iter().map(Document::Invocation).collect();
        }
        let (_, text) = embedded::without_printed(text);
        let lists = list::lists(&text);
        let mut documents = self.lists(&text, &lists, depth);
        let script = shell::read_with(&list::without(&text, &lists), preset);
        for found in script::commands(&script, self.format) {
            match found {
                Found::Invocation(invocation) => documents.push(Document::Invocation(*invocation)),
                Found::Text(nested) => {
                    let mut found = self.text(&nested.text, &nested.preset, depth + 1);
                    for document in &mut found {
                        if let Document::Invocation(invocation) = document {
                            nested.surround(invocation);
                        }
                    }
                    documents.extend(found);
                }
            }
        }
        documents.extend(self.here_documents(&script, depth));
        documents.extend(script.kept.iter().flat_map(|kept| self.text(kept, &Preset::default(), depth + 1)));
        if !documents.iter().any(|document| component_of(document).is_some()) {
            documents.extend(self.assignments(&script));
        }
        documents
    }

    fn lists(&self, text: &Text, lists: &[list::List], depth: usize) -> Vec<Document> {
        let mut documents = Vec::new();
        for found in lists {
            if let Some(invocation) = list::invocation(found, text, lists, self.format) {
                documents.push(Document::Invocation(invocation));
                continue;
            }
            let handed_on = handed_on(&found.items, self.format);
            if !handed_on.is_empty() {
                documents.extend(handed_on.into_iter().map(Document::Invocation));
                continue;
            }
            for item in found.items.iter().filter(|item| may_hold_a_command(item)) {
                documents.extend(self.shell(&item.text, &Preset::default(), depth + 1));
            }
        }
        documents
    }

    /// What variables hold whose use is not in sight.
    fn assignments(&self, script: &Script) -> Vec<Document> {
        let assigned = script.assignments.iter();
        let assigned = assigned.map(|found| Assigned { name: found.name.clone(), fields: found.fields.clone() });
        script::fragments(&assigned.collect::<Vec<_>>(), self.format)
    }

    fn here_documents(&self, script: &Script, depth: usize) -> Vec<Document> {
        let mut documents = Vec::new();
        let mut environment_files = Vec::new();
        let variables = ScriptVariables::of(&script.assignments);
        for document in &script.here_documents {
            if systemd::is_unit(&document.body) {
                let name = document.target.as_deref().map(systemd::file_name).unwrap_or_default();
                let here_documents = &script.here_documents;
                let around = Around { files: self.files, here_documents, variables: &variables };
                let undefined = if document.expanded { Undefined::Opaque } else { Undefined::Empty };
                documents.extend(systemd::documents(&document.body, name, around, undefined));
            } else if environment_file::is_environment_file(&document.body) {
                environment_files.push(document);
            } else {
                documents.extend(self.text(&document.body, &Preset::default(), depth + 1));
            }
        }
        // An environment file of the same script is judged as part of the unit that reads it.
        let found: Vec<Component> = documents.iter().filter_map(component_of).collect();
        for document in environment_files {
            let fragments = systemd::fragments(&environment_file::parse(&document.body), self.format);
            documents.extend(
                fragments
                    .into_iter()
                    .filter(|fragment| component_of(fragment).is_none_or(|component| !found.contains(&component))),
            );
        }
        documents
    }
}

fn component_of(document: &Document) -> Option<Component> {
    match document {
        Document::Invocation(invocation) => Some(invocation.component),
        _ => None,
    }
}

/// In the order of the text.
fn in_order(mut documents: Vec<Document>) -> Vec<Document> {
    documents.sort_by_key(|document| match document {
        Document::Invocation(invocation) => invocation.origin.range().start,
        _ => 0,
    });
    documents
}
