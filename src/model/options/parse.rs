//! From arguments to options: what pflag and the flags' types do with each value.

use std::collections::HashSet;
use std::ops::Range;

use crate::kubernetes::flags::FlagSet;
use crate::kubernetes::near;
use crate::model::pflag::{self, Assignment, Item};
use crate::model::{Cause, Reason, Setting};

use crate::kubernetes::{Component, KubernetesVersion};
use crate::source::{Completeness, InputFormat, Invocation};
use crate::text::{Located, Origin, Text};
use crate::x509::quote::quoted;

use super::paths::Paths;
use super::slot::{Slot, slot};
use super::values::{self, boolean};
use super::{OptionError, OptionErrorKind, Options, Repetition, UnknownFlag};

/// Takes the arguments as the component takes them. Goes on behind errors, which are in [`Options::errors`].
pub(in crate::model) fn parse(invocation: &Invocation) -> (Options, Paths) {
    let version = invocation.version.as_ref().map_or(KubernetesVersion::NEWEST, |version| version.value);
    Parser {
        flags: FlagSet::of(invocation.component, version),
        component: invocation.component,
        version,
        version_is_certain: invocation.version.is_some() || invocation.format == InputFormat::Flags,
        fragment: invocation.completeness == Completeness::Fragment,
        options: Options::default(),
        paths: Paths::default(),
        occurrences: Vec::new(),
    }
    .run(invocation)
}

struct Parser {
    flags: FlagSet,
    component: Component,
    version: KubernetesVersion,
    /// A file that names no version may be for an old one; flags on our own command line are for the newest.
    version_is_certain: bool,
    fragment: bool,
    options: Options,
    paths: Paths,
    /// Every flag of ours in order of its first occurrence.
    occurrences: Vec<Occurrences>,
}

/// All that one flag was given.
struct Occurrences {
    flag: &'static str,
    values: Vec<Located<String>>,
    /// The name is written once, with a list of values: in a map of flags to lists.
    named_once: Option<Origin>,
    /// Where its values stand, while it is.
    places: HashSet<Range<usize>>,
    all_opaque: bool,
}

impl Occurrences {
    fn add(&mut self, assignment: &Assignment) {
        let value = assignment.value.to_located();
        // The same value from the same place is no list: something stands there twice.
        let named = self.named_once.take().filter(|name| *name == assignment.flag);
        self.named_once = named.filter(|_| self.places.insert(value.origin.range()));
        self.all_opaque &= assignment.opaque;
        self.values.push(value);
    }
}

impl Parser {
    fn run(mut self, invocation: &Invocation) -> (Options, Paths) {
        if self.fragment {
            // Where the rest was looked for and not found, that is why.
            let unresolved = invocation.unresolved.first();
            let unresolved = unresolved.map(|part| Reason::new(Cause::Unresolved(part.value.clone())).at(&part.origin));
            let cause = if invocation.format.has_no_flags() { Cause::SomeFiles } else { Cause::Fragment };
            let part = || Reason::new(cause).at(&invocation.origin);
            self.options.fragment = Some(unresolved.unwrap_or_else(part));
        }
        let mut positional = Vec::new();
        let mut any_flag = None;
        for item in pflag::parse(&invocation.arguments, self.flags) {
            match item {
                Item::Set(assignment) => self.assign(&assignment),
                Item::Unknown { flag, name } => self.unknown(flag, &name),
                // What is missing at the end of a fragment may have been cut off.
                Item::Error { kind: OptionErrorKind::MissingValue, .. } if self.fragment => {}
                Item::Error { kind: OptionErrorKind::UnknownShorthand, message } if self.may_be_its_own(&message) => {}
                Item::Error { message, kind } => self.options.errors.push(OptionError { message, kind }),
                Item::Positional(text) => positional.push(text),
                Item::Opaque(expression) => {
                    let reason = Reason::new(Cause::AnyFlag(expression.value)).at(&expression.origin);
                    any_flag.get_or_insert(reason);
                }
            }
        }
        // What is said to be a part may have all the rest elsewhere; what stands for anything here is not known.
        self.options.fragment = any_flag.or(self.options.fragment.take());
        // In an excerpt, prose or another quoting may stand around the flags.
        if !self.fragment {
            // A template's quotes are those of what it is rendered into.
            let templated = invocation.arguments.iter().any(|argument| argument.opaque);
            positional.retain(|text| !(templated && text.value.starts_with(['"', '\''])));
            self.refuse_positional(&positional);
        }
        self.misspelt_is_not_absent();
        self.options.repeated = self
            .occurrences
            .into_iter()
            .filter(|Occurrences { flag, values, .. }| values.len() > 1 && *flag != "service-account-key-file")
            .filter_map(|Occurrences { flag, values, named_once, all_opaque, .. }| {
                let joins = matches!(slot(&mut self.options, &mut self.paths, flag), Some((_, Slot::List(_))));
                let is_one_list = joins && named_once.is_some();
                (!is_one_list).then_some(Repetition { flag, values, joins, may_exclude: all_opaque })
            })
            .collect();
        (self.options, self.paths)
    }

    fn slot(&mut self, name: &str) -> Option<(&'static str, Slot<'_>)> {
        slot(&mut self.options, &mut self.paths, name)
    }

    fn assign(&mut self, assignment: &Assignment) {
        let &Assignment { ref name, ref flag, ref value, opaque, provenance } = assignment;
        if self.flags.kind(name).is_none() {
            self.of_another_version(name, flag);
        }
        let kind = self.flags.kind_in_any_version(name).filter(|_| !opaque);
        let refused = kind.and_then(|kind| Some((kind, values::refusal(kind, name, value)?)));
        let is_left = refused.as_ref().is_some_and(|(kind, _)| values::is_left_to_fill_in(*kind, value.as_str()));
        let opaque = opaque || is_left;
        if let Some((_, (cause, error))) = refused.filter(|_| !is_left) {
            let message = pflag::invalid_argument(value.as_str(), name, &cause);
            self.error(message, &value.origin(), error);
            return self.is_not_absent(name, value);
        }
        match name.as_str() {
            "feature-gates" if !opaque => self.feature_gates(value),
            "help" | "version" if value.as_str() == "raw" || boolean(value.as_str()) == Some(true) => {
                let written = Located::new(format!("--{name}"), flag.clone());
                self.options.prints_and_exits.get_or_insert(written);
            }
            _ => {}
        }
        let is_extension = self.component == Component::ExtensionApiServer;
        let slot = match self.options.delegating.slot(name).filter(|_| is_extension) {
            Some(slot) => Some(slot),
            None => slot(&mut self.options, &mut self.paths, name),
        };
        let Some((known, slot)) = slot else { return };
        match self.occurrences.iter_mut().find(|occurrences| occurrences.flag == known) {
            Some(occurrences) => occurrences.add(assignment),
            None => self.occurrences.push(Occurrences {
                flag: known,
                values: vec![value.to_located()],
                named_once: Some(flag.clone()),
                places: HashSet::from([value.origin().range()]),
                all_opaque: opaque,
            }),
        }
        slot.set(value, opaque, flag, provenance);
    }

    fn of_another_version(&mut self, name: &str, flag: &Origin) {
        let unknown = UnknownFlag {
            flag: Located::new(format!("--{name}"), flag.clone()),
            suggestion: None,
            other_version: self.flags.other_version(name),
        };
        if self.version_is_certain {
            self.error(pflag::unknown_flag(name), flag, OptionErrorKind::UnknownFlag);
            self.options.unknown.push(unknown);
        } else {
            self.options.of_other_versions.push(unknown);
        }
    }

    /// A list that does not parse is given all the same, though nobody knows what it would hold.
    fn is_not_absent(&mut self, name: &str, value: &Text) {
        if let Some((_, Slot::List(list))) = self.slot(name)
            && list.is_absent()
        {
            *list = Setting::Opaque(value.to_located());
        }
    }

    /// The misspelling is one fault; that the flag which was meant is missing would be the same one again.
    fn misspelt_is_not_absent(&mut self) {
        for UnknownFlag { flag, suggestion, .. } in self.options.unknown.clone() {
            match suggestion.and_then(|meant| self.slot(meant)) {
                Some((_, Slot::Text(setting))) if setting.is_absent() => *setting = Setting::Opaque(flag),
                Some((_, Slot::List(setting))) if setting.is_absent() => *setting = Setting::Opaque(flag),
                Some((_, Slot::Boolean(setting))) if setting.is_absent() => *setting = Setting::Opaque(flag),
                _ => {}
            }
        }
    }

    /// `featureGate.Set` of k8s.io/component-base. Gates of kube may have its name in front, since 1.31.
    fn feature_gates(&mut self, value: &Text) {
        for gate in value.as_str().split(',').filter(|gate| !gate.is_empty()) {
            let gate = gate.strip_prefix("kube:").unwrap_or(gate);
            let (name, state) = gate.split_once('=').map_or((gate, None), |(name, state)| (name, Some(state.trim())));
            let name = name.trim();
            let message = match state.map(|state| (state, boolean(state))) {
                Some((_, Some(state))) => {
                    self.options.feature_gates.insert(name.to_owned(), state);
                    continue;
                }
                Some((state, None)) => format!(
                    "invalid value of {name}={state}, err: strconv.ParseBool: parsing {}: invalid syntax",
                    quoted(state)
                ),
                None => format!("missing bool value for {name}"),
            };
            self.options.malformed_feature_gate.get_or_insert(Located::new(message, value.origin()));
        }
    }

    fn unknown(&mut self, flag: Located<String>, name: &str) {
        let suggestion = near::suggestion(name, self.flags);
        // Any program may be an extension API server, and have any flags; but none has others that begin like this.
        let is_apiservers = self.component != Component::ExtensionApiServer || name.starts_with("requestheader-");
        let near = (suggestion.is_some() || near::of_the_family(name)) && is_apiservers;
        if !near || self.version > KubernetesVersion::NEWEST {
            self.options.foreign.push(flag);
            return;
        }
        let written = flag.value.trim_start_matches("--");
        self.error(pflag::unknown_flag(written), &flag.origin, OptionErrorKind::UnknownFlag);
        self.options.unknown.push(UnknownFlag { flag, suggestion, other_version: None });
    }

    /// Whether `-x…` may be a flag of an extension API server's own; `-secure-port` is one that lacks a dash.
    fn may_be_its_own(&self, message: &Located<String>) -> bool {
        let word = message.origin.source().trim_matches(['"', '\'']);
        let name = word.trim_start_matches('-').split('=').next().unwrap_or_default();
        self.component == Component::ExtensionApiServer && self.flags.kind(name).is_none()
    }

    /// The components' cobra commands take no arguments, but do not mind empty ones.
    fn refuse_positional(&mut self, positional: &[Located<String>]) {
        // Extension API servers are any programs.
        if self.component == Component::ExtensionApiServer {
            return;
        }
        let Some(first) = positional.iter().find(|text| !text.value.is_empty()) else { return };
        let command = self.component.name();
        let all: Vec<String> = positional.iter().map(|text| quoted(&text.value)).collect();
        let message = format!("\"{command}\" does not take any arguments, got [{}]", all.join(" "));
        let origin = first.origin.clone();
        self.error(message, &origin, OptionErrorKind::Positional);
    }

    fn error(&mut self, message: String, origin: &Origin, kind: OptionErrorKind) {
        self.options.errors.push(OptionError { message: Located::new(message, origin.clone()), kind });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::invocation;

    fn options(invocation: &Invocation) -> Options {
        parse(invocation).0
    }

    fn errors(arguments: &[&str]) -> Vec<String> {
        let options = options(&invocation(arguments));
        options.errors.into_iter().map(|error| error.message.value).collect()
    }

    #[test]
    fn a_word_between_the_flags_is_refused_unless_it_is_an_excerpt() {
        let mut server = invocation(&["--client-ca-file=/a", "then"]);
        assert_eq!(options(&server).errors.len(), 1);
        server.completeness = Completeness::Fragment;
        assert_eq!(options(&server).errors, []);
    }

    #[test]
    fn the_last_path_counts_and_lists_grow() {
        let (options, mut paths) = parse(&invocation(&[
            "--client-ca-file=/a",
            "--client-ca-file=/b",
            "--requestheader-allowed-names=a,\"b,c\"",
            "--requestheader-allowed-names=",
            "--requestheader-allowed-names= d",
        ]));
        assert_eq!(paths.take("client-ca-file").path(), Some("/b"));
        assert_eq!(options.requestheader_allowed_names.entries(), Some(vec!["a", "b,c", " d"]));
        let repeated: Vec<_> = options.repeated.iter().map(|flag| (flag.flag, flag.values.len(), flag.joins)).collect();
        assert_eq!(repeated, [("client-ca-file", 2, false), ("requestheader-allowed-names", 3, true)]);
        assert!(options.errors.is_empty());
    }

    #[test]
    fn the_items_of_one_list_are_no_repetition() {
        let yaml = "kind: KubeAPIServerConfig\napiServerArguments:\n  requestheader-allowed-names: [a, b]\n  \
                    client-ca-file: [/a, /b]\n";
        let file = crate::text::SourceFile::new("x", yaml);
        let documents = crate::source::read(&file, None, &crate::source::NoSurroundings).unwrap();
        let Some(crate::source::Document::Invocation(invocation)) = documents.first() else { panic!("{documents:?}") };
        let options = options(invocation);
        assert_eq!(options.requestheader_allowed_names.entries(), Some(vec!["a", "b"]));
        let repeated: Vec<_> = options.repeated.iter().map(|flag| flag.flag).collect();
        assert_eq!(repeated, ["client-ca-file"]);
    }

    #[test]
    fn what_a_template_may_choose_between_is_marked() {
        let may_exclude = |second: &str| {
            let mut branches = invocation(&["--etcd-cafile={{ one }}", second]);
            branches.completeness = Completeness::Fragment;
            let repeated = options(&branches).repeated;
            repeated.into_iter().map(|flag| flag.may_exclude).collect::<Vec<_>>()
        };
        assert_eq!(may_exclude("--etcd-cafile={{ two }}"), [true]);
        assert_eq!(may_exclude("--etcd-cafile=/two"), [false]);
    }

    #[test]
    fn a_number_that_somebody_has_yet_to_write_is_not_known() {
        for value in ["#{PORT}", "{v}", "{0}", "%s", "\\(v)", "[[ .v ]]", "@@V@@", "___V___", "PORT", "N"] {
            assert_eq!(errors(&[&format!("--secure-port={value}")]), [""; 0], "{value}");
        }
        for wrong in ["--secure-port=abc", "--secure-port=443 --v=2", "--anonymous-auth=NO"] {
            assert_eq!(errors(&[wrong]).len(), 1, "{wrong}");
        }
    }

    #[test]
    fn absent_empty_and_opaque_stay_apart() {
        let (options, mut paths) = parse(&invocation(&[
            "--requestheader-allowed-names=",
            "--requestheader-group-headers=\"\"",
            "--client-ca-file={{ ca }}",
            "--requestheader-client-ca-file=",
            "--requestheader-uid-headers=X-Remote-Uid",
            "--requestheader-uid-headers={{ uid }}",
        ]));
        assert_eq!(options.requestheader_allowed_names.entries(), Some(vec![]));
        assert!(options.requestheader_allowed_names.given().is_some());
        assert_eq!(options.requestheader_group_headers.entries(), Some(vec![""]));
        assert!(options.requestheader_username_headers.is_absent());
        assert!(matches!(paths.take("client-ca-file").setting(), Setting::Opaque(_)));
        assert!(matches!(options.requestheader_uid_headers, Setting::Opaque(_)));
        let emptied = paths.take("requestheader-client-ca-file");
        assert_eq!(emptied.path(), None);
        assert!(emptied.setting().given().is_some());
        assert!(options.fragment.is_none());
    }

    #[test]
    fn entries_keep_their_own_places() {
        let options = options(&invocation(&["--requestheader-allowed-names=a, b"]));
        let given = options.requestheader_allowed_names.given().unwrap();
        let places: Vec<String> = given.value.value.iter().map(|entry| entry.origin.to_string()).collect();
        assert_eq!(places, ["<command line>:1:32", "<command line>:1:34"]);
        assert_eq!(given.flag.source(), "--requestheader-allowed-names");
    }

    #[test]
    fn errors_are_worded_as_the_server_words_them() {
        assert_eq!(
            errors(&["--requestheader-allowed-names=\"a"]),
            [
                r#"invalid argument "\"a" for "--requestheader-allowed-names" flag: parse error on line 1, column 3: extraneous or missing " in quoted-field"#
            ]
        );
        assert_eq!(
            errors(&["--anonymous-auth=no"]),
            [r#"invalid argument "no" for "--anonymous-auth" flag: strconv.ParseBool: parsing "no": invalid syntax"#]
        );
        assert_eq!(
            errors(&["a", "", "--allow-privileged", "true"]),
            [r#""kube-apiserver" does not take any arguments, got ["a" "" "true"]"#]
        );
        assert!(errors(&[""]).is_empty());
    }

    #[test]
    fn misspelt_flags_are_errors_and_foreign_ones_are_not() {
        let options = options(&invocation(&[
            "--requestheader-allowed-name=x",
            "--etcd-server=x",
            "--requestheader-frobnicate=x",
            "--of-another-vendor=x",
        ]));
        let unknown: Vec<_> = options.unknown.iter().map(|flag| (flag.flag.value.as_str(), flag.suggestion)).collect();
        assert_eq!(
            unknown,
            [
                ("--requestheader-allowed-name", Some("requestheader-allowed-names")),
                ("--etcd-server", Some("etcd-servers")),
                ("--requestheader-frobnicate", None),
            ]
        );
        assert_eq!(options.foreign.len(), 1);
        assert_eq!(options.errors.len(), 3);
        assert_eq!(options.errors[0].message.value, "unknown flag: --requestheader-allowed-name");
    }

    #[test]
    fn a_flag_is_unknown_to_versions_before_its_own() {
        let mut invocation = invocation(&["--requestheader-uid-headers=X-Remote-Uid"]);
        assert!(options(&invocation).errors.is_empty());
        let version = KubernetesVersion { major: 1, minor: 31 };
        invocation.version = Some(Located::new(version, invocation.origin.clone()));
        let errors = options(&invocation).errors;
        assert_eq!(errors[0].message.value, "unknown flag: --requestheader-uid-headers");
    }

    #[test]
    fn an_expression_in_place_of_flags_makes_a_fragment() {
        let options = options(&invocation(&["--client-ca-file=/a", "{{ more }}"]));
        assert!(options.fragment.is_some());
        assert!(options.errors.is_empty());
    }

    #[test]
    fn what_may_be_any_flag_is_not_known_in_a_fragment_either() {
        let mut invocation = invocation(&["$KUBE_ARGS", "--client-ca-file=/a"]);
        invocation.arguments[0].opaque = true;
        invocation.completeness = Completeness::Fragment;
        let reason = options(&invocation).fragment.unwrap();
        assert!(!reason.cause().is_nothing_to_judge(), "{reason}");
    }
}
