//! Reads every file of `fixtures/inputs/<format>/`, judges it as `aggcert check FILE` does, and compares the documents and
//! the findings with the snapshot `<same>.snap` beside it. What is missing fails, and so does what nobody expected; a
//! fixture without a snapshot fails, and a snapshot without a fixture.
//!
//! Directories beside the fixtures are their surroundings: `x.service.d/` holds drop-ins, and absolute paths are looked
//! up below `root/`. Each directory in `pki-directory/` is a fixture itself. Nothing is read from the host: a certificate
//! that is named but not there was not looked at, which is no finding. `INSTA_UPDATE=always` writes the snapshots anew; read
//! them before you commit them.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aggcert::lint::run::{Inventory, Reading};
use aggcert::lint::{Context, Judgement, judge};
use aggcert::model::Lookup;
use aggcert::source::{ApiService, Argument, Beneath, Completeness, Document, Invocation, Provenance, Surroundings};
use aggcert::text::{Origin, SourceFile, Text};
use serde_json::{Map, Value, json};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

const PKI_DIRECTORY: &str = "pki-directory";

const NOW: OffsetDateTime = datetime!(2025-06-01 00:00 UTC);

/// A fixture's own directory, and `root/` in it as the host.
struct Beside(PathBuf);

impl Beside {
    fn resolve(&self, path: &str) -> PathBuf {
        match path.strip_prefix('/') {
            Some(path) => self.0.join("root").join(path),
            None => self.0.join(path),
        }
    }
}

impl Surroundings for Beside {
    fn file(&self, path: &str) -> Option<Arc<SourceFile>> {
        let text = std::fs::read_to_string(self.resolve(path)).ok()?;
        Some(SourceFile::new(path, text))
    }

    fn directory(&self, path: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.resolve(path)) else { return Vec::new() };
        let mut names: Vec<String> = entries.map(|entry| file_name(&entry.unwrap().path())).collect();
        names.sort();
        names
    }
}

#[test]
fn every_fixture_is_read_as_expected() {
    let mut failures = Vec::new();
    let mut fixtures = 0;
    for directory in sorted_entries(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/inputs")) {
        // Of PKI directories each is a fixture; other directories are the surroundings of files.
        let are_directories = file_name(&directory) == PKI_DIRECTORY;
        let entries = sorted_entries(&directory);
        let (snapshots, entries): (Vec<_>, Vec<_>) = entries.iter().partition(|path| fixture_of(path).is_some());
        let names: BTreeSet<String> =
            entries.iter().filter(|path| path.is_file() || are_directories).map(|path| file_name(path)).collect();
        let stems: BTreeSet<&str> = names.iter().map(|name| stem_of(name)).collect();
        for snapshot in snapshots {
            if !fixture_of(snapshot).is_some_and(|stem| stems.contains(stem.as_str())) {
                failures.push(format!("{}: there is no fixture of this name", snapshot.display()));
            }
        }
        let mut settings = insta::Settings::new();
        settings.set_snapshot_path(&directory);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        for name in &names {
            let actual =
                if are_directories { read_pki_directory(&directory.join(name)) } else { read(&directory, name) };
            let expect = || settings.bind(|| insta::assert_snapshot!(stem_of(name), pretty(&actual)));
            // One that is wrong does not hide the others.
            if std::panic::catch_unwind(AssertUnwindSafe(expect)).is_err() {
                failures.push(directory.join(name).display().to_string());
            }
        }
        fixtures += names.len();
    }
    assert!(failures.is_empty(), "{} of {fixtures} fixtures:\n{}", failures.len(), failures.join("\n"));
    assert!(fixtures > 0, "no fixtures were found");
}

/// Whose snapshot it is: `x` of `x.snap`, and of `x.snap.new`, which is written where something differs.
fn fixture_of(path: &Path) -> Option<String> {
    let name = file_name(path);
    let stem = name.strip_suffix(".snap").or_else(|| name.strip_suffix(".snap.new"));
    stem.map(str::to_owned)
}

/// The directory by its path below the project, which is in every flag.
fn read_pki_directory(directory: &Path) -> Value {
    let directory = directory.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
    let mut inventory = Inventory::default();
    assert!(inventory.add_pki_directory(directory, &Reading::default()), "{} is none", directory.display());
    let origin = &inventory.setups[0].invocation.origin;
    let shown = Shown { fixture: origin.file() };
    json!({
        "documents": inventory.setups.iter().map(|setup| shown.invocation(&setup.invocation)).collect::<Vec<_>>(),
        "findings": shown.findings(&inventory),
    })
}

fn read(directory: &Path, name: &str) -> Value {
    let text = std::fs::read_to_string(directory.join(name)).unwrap();
    let file = SourceFile::new(name, text);
    match aggcert::source::read(&file, None, &Beside(directory.to_owned())) {
        Ok(documents) => {
            for document in &documents {
                origins_hold(document);
            }
            let shown = Shown { fixture: &file };
            let shown_documents: Vec<Value> = documents.iter().map(|document| shown.document(document)).collect();
            // Without `root/` there is no file to be found; what is not found is not certain to be missing.
            let root = Some(directory.join("root"));
            let mut inventory = Inventory::default();
            inventory.add_documents(documents, &Lookup { root, certain: false, ..Lookup::default() });
            inventory.relate();
            json!({ "documents": shown_documents, "findings": shown.findings(&inventory) })
        }
        Err(error) => json!({ "error": error.to_string() }),
    }
}

/// What was found as JSON, with places as `line:column` of the fixture or `file:line:column` of another file.
struct Shown<'a> {
    fixture: &'a Arc<SourceFile>,
}

impl Shown<'_> {
    /// All findings as `severity rule-id place`, sorted.
    fn findings(&self, inventory: &Inventory) -> Vec<String> {
        let mut findings = Vec::new();
        let neighbours = inventory.neighbours(&[]);
        for target in inventory.targets() {
            let context = Context::new(neighbours.of(&target), &inventory.objects, NOW, Duration::days(30));
            for (rule, finding) in judge(target, &context).iter().flat_map(Judgement::findings) {
                findings.push(format!("{} {} {}", finding.severity.as_str(), rule.id, self.at(&finding.origin)));
            }
        }
        findings.sort();
        findings
    }

    fn document(&self, document: &Document) -> Value {
        match document {
            Document::Invocation(found) => self.invocation(found),
            Document::AuthenticationConfigMap(map) => {
                let mut fields = Map::from_iter([
                    ("document".to_owned(), json!("AuthenticationConfigMap")),
                    ("name".to_owned(), json!(map.name)),
                    ("at".to_owned(), json!(self.at(&map.origin))),
                ]);
                for (name, text) in [
                    ("client_ca", &map.client_ca),
                    ("requestheader_client_ca", &map.requestheader_client_ca),
                    ("requestheader_allowed_names", &map.requestheader_allowed_names),
                    ("requestheader_username_headers", &map.requestheader_username_headers),
                    ("requestheader_uid_headers", &map.requestheader_uid_headers),
                    ("requestheader_group_headers", &map.requestheader_group_headers),
                    ("requestheader_extra_headers_prefix", &map.requestheader_extra_headers_prefix),
                ] {
                    if let Some(text) = text {
                        fields.insert(name.to_owned(), self.located(text));
                    }
                }
                Value::Object(fields)
            }
            Document::ApiService(service) => self.api_service(service),
            // What is told of them is told by the rules.
            Document::Resource(resource) => json!({
                "document": "Resource",
                "name": resource.object().to_string(),
                "at": self.at(&resource.object().kind.origin),
            }),
            Document::Unread(unread) => json!({
                "document": "Unread",
                "at": self.at(&unread.mention),
                "reason": unread.reason.to_string(),
            }),
            other => panic!("the harness does not know {other:?}"),
        }
    }

    fn api_service(&self, service: &ApiService) -> Value {
        let mut fields = Map::from_iter([
            ("document".to_owned(), json!("ApiService")),
            ("name".to_owned(), json!(service.name.value)),
            ("at".to_owned(), json!(self.at(&service.name.origin))),
            ("has_service".to_owned(), json!(!service.is_local())),
        ]);
        if service.ca_bundle_unknown {
            fields.insert("ca_bundle_unknown".to_owned(), json!(true));
        }
        if let Some(bundle) = &service.ca_bundle {
            fields.insert("ca_bundle".to_owned(), self.located(bundle));
        }
        if let Some(insecure) = &service.insecure_skip_tls_verify {
            fields.insert("insecure_skip_tls_verify".to_owned(), json!(insecure.value));
            fields.insert("insecure_skip_tls_verify_at".to_owned(), json!(self.at(&insecure.origin)));
        }
        Value::Object(fields)
    }

    fn invocation(&self, invocation: &Invocation) -> Value {
        let mut fields = Map::from_iter([
            ("component".to_owned(), json!(invocation.component.name())),
            ("name".to_owned(), json!(invocation.name)),
            ("at".to_owned(), json!(self.at(&invocation.origin))),
            ("format".to_owned(), json!(invocation.format.name())),
            ("completeness".to_owned(), json!(completeness(invocation.completeness))),
            ("arguments".to_owned(), invocation.arguments.iter().map(|argument| self.argument(argument)).collect()),
        ]);
        if let Some(version) = &invocation.version {
            fields.insert("version".to_owned(), json!(version.value.to_string()));
            fields.insert("version_at".to_owned(), json!(self.at(&version.origin)));
        }
        if !invocation.mounts.is_empty() {
            let mounts = invocation.mounts.iter().map(|mount| json!([mount.container_path, mount.host_path]));
            fields.insert("mounts".to_owned(), mounts.collect());
        }
        match &invocation.beneath {
            Beneath::Unknown(why) => fields.insert("sees".to_owned(), json!(why)),
            Beneath::Image if invocation.mounts.is_empty() => fields.insert("sees".to_owned(), json!("the image")),
            Beneath::Image | Beneath::Host => None,
        };
        if !invocation.alternatives.is_empty() {
            let arguments = |other: &Invocation| -> Value {
                let new = other.arguments.iter().filter(|argument| !invocation.arguments.contains(argument));
                new.map(|argument| self.argument(argument)).collect()
            };
            fields.insert("alternatives".to_owned(), invocation.alternatives.iter().map(arguments).collect());
        }
        if !invocation.unresolved.is_empty() {
            let unresolved = invocation
                .unresolved
                .iter()
                .map(|what| json!({"text": what.value, "at": self.at(&what.origin)}))
                .collect();
            fields.insert("unresolved".to_owned(), unresolved);
        }
        Value::Object(fields)
    }

    /// One argument; `value_at` is the place of the first character behind `=`.
    fn argument(&self, argument: &Argument) -> Value {
        let mut fields = Map::from_iter([
            ("text".to_owned(), json!(argument.text.as_str())),
            ("at".to_owned(), json!(self.text_at(&argument.text))),
        ]);
        if let Some((_, value)) = argument.text.split_once('=') {
            fields.insert("value_at".to_owned(), json!(self.text_at(&value)));
        }
        if argument.opaque {
            fields.insert("opaque".to_owned(), json!(true));
        }
        if let Provenance::DefaultOf(tool) = argument.provenance {
            fields.insert("default".to_owned(), json!(tool));
        }
        Value::Object(fields)
    }

    fn located(&self, text: &Text) -> Value {
        json!({"text": text.as_str(), "at": self.text_at(text)})
    }

    /// Where the first character was written; an argument may begin behind a value that was put into it.
    fn text_at(&self, text: &Text) -> String {
        let first = text.as_str().chars().next().map_or(0, char::len_utf8);
        self.at(&text.origin_of(0..first))
    }

    fn at(&self, origin: &Origin) -> String {
        let (line, column) = origin.start();
        if Arc::ptr_eq(origin.file(), self.fixture) { format!("{line}:{column}") } else { origin.to_string() }
    }
}

fn completeness(completeness: Completeness) -> &'static str {
    match completeness {
        Completeness::Complete => "complete",
        Completeness::Fragment => "fragment",
    }
}

/// An argument's characters that stand in the file as they are must be where their origin says.
fn origins_hold(document: &Document) {
    let Document::Invocation(invocation) = document else { return };
    let alternatives = invocation.alternatives.iter().flat_map(|other| &other.arguments);
    for argument in invocation.arguments.iter().chain(alternatives) {
        let text = argument.text.as_str();
        for (start, character) in text.char_indices() {
            let origin = argument.text.origin_of(start..start + character.len_utf8());
            let range = origin.range();
            assert!(range.end <= origin.file().text().len(), "{origin:?} is outside its file");
            if range.len() == character.len_utf8() && argument.provenance == Provenance::Written {
                let source = origin.source();
                let same = source == character.encode_utf8(&mut [0; 4]);
                // One written character may stand for another: a fold's line break for a blank, `_` for `-`.
                let stands_for = !source.chars().all(char::is_alphanumeric);
                assert!(same || stands_for, "{text:?}: {character:?} is said to be at {origin:?}");
            }
        }
    }
}

/// JSON with one argument, mount or PEM a line: short enough to be read by a person.
fn pretty(value: &Value) -> String {
    fn write(value: &Value, indent: usize, out: &mut String) {
        let flat = value.to_string();
        let nested = |value: &Value| matches!(value, Value::Array(_) | Value::Object(_));
        let blank = "  ".repeat(indent + 1);
        match value {
            Value::Object(fields) if fields.values().any(nested) || flat.len() > 300 => {
                out.push_str("{\n");
                for (index, (name, field)) in fields.iter().enumerate() {
                    out.push_str(&format!("{blank}{}: ", json!(name)));
                    write(field, indent + 1, out);
                    out.push_str(if index + 1 < fields.len() { ",\n" } else { "\n" });
                }
                out.push_str(&format!("{}}}", "  ".repeat(indent)));
            }
            Value::Array(items) if items.iter().any(nested) => {
                out.push_str("[\n");
                for (index, item) in items.iter().enumerate() {
                    out.push_str(&blank);
                    write(item, indent + 1, out);
                    out.push_str(if index + 1 < items.len() { ",\n" } else { "\n" });
                }
                out.push_str(&format!("{}]", "  ".repeat(indent)));
            }
            _ => out.push_str(&flat),
        }
    }
    let mut out = String::new();
    write(value, 0, &mut out);
    out.push('\n');
    out
}

fn sorted_entries(directory: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// `a.service` and `a.yaml` are both `a`; so no two fixtures of a directory share the name before the last dot.
fn stem_of(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
