//! klog's dump of all flags at start-up: `FLAG: --client-ca-file="/x"` (k8s.io/component-base `cli/flag.PrintFlags`).

use std::collections::{HashMap, HashSet};

use crate::kubernetes::flags::FlagSet;
use crate::kubernetes::{Component, KubernetesVersion};
use crate::source::arguments::Arguments;
use crate::source::escape::control;
use crate::source::program::{component, component_of_flags, matters};
use crate::source::shell::Field;
use crate::source::{Completeness, Document, InputFormat, Invocation, ReadError, Surroundings};
use crate::text::Text;

const MARK: &str = "FLAG: --";

pub(in crate::source) fn read(
    text: &Text,
    _surroundings: &dyn Surroundings,
) -> Result<Option<Vec<Document>>, ReadError> {
    Ok(documents(text))
}

/// The dumps in a text, one a process; of several starts of one program the last counts.
pub(in crate::source) fn documents(text: &Text) -> Option<Vec<Document>> {
    if !text.as_str().contains(MARK) {
        return None;
    }
    let mut dumps = Dumps::default();
    for line in text.lines() {
        if let Some(flag) = Flag::of(&line) {
            dumps.add(flag);
        }
    }
    let mut found: Vec<Invocation> = Vec::new();
    for dump in &dumps.all {
        if let Some(invocation) = dump.invocation() {
            found.retain(|other| other.component != invocation.component || other.name != invocation.name);
            found.push(invocation);
        }
    }
    (!found.is_empty()).then(|| found.into_iter().map(Document::Invocation).collect())
}

/// The flags that one process printed.
struct Dump {
    program: Option<String>,
    flags: Vec<Flag>,
    names: HashSet<String>,
}

struct Flag {
    /// What a log's collector put before klog's line: `kube-apiserver` of `kube-apiserver[2401]:`.
    program: Option<String>,
    /// klog's process number.
    process: String,
    name: Text,
    value: Text,
}

/// The dumps so far, and which of them is the last one of each process.
#[derive(Default)]
struct Dumps {
    all: Vec<Dump>,
    last: HashMap<(Option<String>, String), usize>,
}

impl Dumps {
    fn add(&mut self, flag: Flag) {
        let key = (flag.program.clone(), flag.process.clone());
        let open = self.last.get(&key).and_then(|place| self.all.get_mut(*place));
        // A name again means another start. The order says nothing: somebody may have sorted or picked the lines.
        let name = flag.name.as_str().to_owned();
        match open.filter(|dump| !dump.names.contains(&name)) {
            Some(dump) => {
                dump.names.insert(name);
                dump.flags.push(flag);
            }
            None => {
                self.last.insert(key, self.all.len());
                let names = HashSet::from([name]);
                self.all.push(Dump { program: flag.program.clone(), flags: vec![flag], names });
            }
        }
    }
}

impl Flag {
    fn of(line: &Text) -> Option<Self> {
        let string = line.as_str();
        let mark = string.find(MARK)?;
        let before = string.get(..mark)?;
        let start = mark + MARK.len() - 2;
        let equals = start + string.get(start..)?.find('=')?;
        let name = line.slice(start..equals);
        let quoted = string.get(equals + 1..)?;
        let value =
            unquoted(line, equals + 1).unwrap_or_else(|| line.slice(equals + 1..equals + 1 + quoted.trim_end().len()));
        // `I0412 02:23:51.509578    2401 flags.go:64] FLAG: …`, perhaps behind `kube-apiserver[2401]: `.
        let words: Vec<&str> = before.split_whitespace().collect();
        let place = words.iter().rposition(|word| word.ends_with(']') && word.contains(".go:"));
        let process = place.and_then(|place| place.checked_sub(1)).and_then(|at| words.get(at)).unwrap_or(&"");
        let program = words.iter().find_map(|word| {
            let name = word.split(['[', ':']).next()?;
            component(name).map(|found| found.name().to_owned())
        });
        Some(Self { program, process: (*process).to_owned(), name, value })
    }

    fn argument(&self) -> Text {
        let mut text = self.name.clone();
        let equals = self.name.origin().range().end;
        let equals = crate::text::Origin::new(self.name.file(), equals..equals + 1);
        text.append(&Text::synthetic("=", &equals));
        text.append(&self.value);
        text
    }

    /// pflag prints lists in brackets.
    fn without_brackets(&mut self) {
        let value = self.value.as_str();
        if value.len() >= 2 && value.starts_with('[') && value.ends_with(']') {
            self.value = self.value.slice(1..value.len() - 1);
        }
    }
}

impl Dump {
    fn invocation(&self) -> Option<Invocation> {
        let names = self.flags.iter().map(|flag| flag.name.as_str());
        let component = match &self.program {
            Some(program) => component(program),
            None => component_of_flags(names.clone()),
        }?;
        let flags = self.flags.iter().map(|flag| {
            let mut flag =
                Flag { value: flag.value.clone(), name: flag.name.clone(), program: None, process: String::new() };
            flag.without_brackets();
            flag
        });
        // A default that is empty is printed like a flag that was given empty. It says that nothing is configured; where
        // not all flags are here, it has to stay for that.
        let whole = self.is_whole(component);
        let says = |flag: &Flag| !whole && matters(flag.name.as_str()) || has_default(component, flag.name.as_str());
        let given = flags.filter(|flag| !flag.value.is_empty() || says(flag));
        let fields: Vec<Field> = given.map(|flag| Field::known(flag.argument())).collect();
        let origin = self.flags.first()?.name.origin();
        let mut arguments = Arguments::of(&fields);
        for argument in &mut arguments.list {
            argument.opaque = false;
        }
        let mut invocation = arguments.invocation(component, component.name(), origin, InputFormat::FlagDump);
        if !whole {
            invocation.completeness = Completeness::Fragment;
        }
        Some(invocation)
    }

    /// A process prints all its flags, given or not. From those of the beginning to those of the end of the alphabet,
    /// and the ones that matter in between: not just the lines that somebody searched for.
    fn is_whole(&self, component: Component) -> bool {
        const FIRST_AND_LAST: [&str; 3] = ["bind-address", "tls-cert-file", "v"];
        let printed: HashSet<&str> = self.flags.iter().map(|flag| flag.name.as_str().trim_start_matches('-')).collect();
        let ours = FlagSet::of(component, KubernetesVersion::NEWEST).ours_in_every_version();
        ours.chain(FIRST_AND_LAST).all(|name| printed.contains(name))
    }
}

/// kube-controller-manager and kube-scheduler have header names without being told
/// (k8s.io/apiserver `NewDelegatingAuthenticationOptions`); an empty list is somebody's decision there.
fn has_default(component: Component, name: &str) -> bool {
    const HEADERS: [&str; 3] =
        ["--requestheader-username-headers", "--requestheader-group-headers", "--requestheader-extra-headers-prefix"];
    component != Component::KubeApiserver && HEADERS.contains(&name)
}

/// The text of a string that Go's `%q` wrote.
fn unquoted(line: &Text, start: usize) -> Option<Text> {
    let string = line.as_str();
    let mut at = start + string.get(start..)?.strip_prefix('"').map(|_| 1)?;
    let mut text = line.slice(at..at);
    loop {
        let rest = string.get(at..)?;
        let mut characters = rest.chars();
        let first = characters.next()?;
        match (first, characters.next()) {
            ('"', _) => return Some(text),
            ('\\', Some(escape)) => {
                let (decoded, length) = escaped(rest, escape)?;
                text.push_decoded(decoded.encode_utf8(&mut [0; 4]), line, at..at + length);
                at += length;
            }
            _ => {
                text.push(line, at..at + first.len_utf8());
                at += first.len_utf8();
            }
        }
    }
}

fn escaped(rest: &str, escape: char) -> Option<(char, usize)> {
    let hexadecimal = |digits: usize| {
        let value = u32::from_str_radix(rest.get(2..2 + digits)?, 16).ok()?;
        Some((char::from_u32(value)?, 2 + digits))
    };
    match escape {
        'x' => hexadecimal(2),
        'u' => hexadecimal(4),
        'U' => hexadecimal(8),
        other => Some((control(other).unwrap_or(other), 1 + other.len_utf8())),
    }
}
