//! Flags in variables whose use is not in sight: `KUBE_API_ARGS="--a=b --c=d"`.

use std::collections::HashSet;
use std::ops::Range;

use super::handed_on::handed_on;
use crate::kubernetes::Component;
use crate::source::arguments::Arguments;
use crate::source::shell::{self, Field};
use crate::source::{Completeness, Document, InputFormat, program};
use crate::text::Text;

/// Names that a fragment is called by; there may be any number.
const MAXIMUM_NAMES: usize = 8;

/// A variable and the words of what it holds.
#[derive(Debug)]
pub(in crate::source) struct Assigned {
    pub(in crate::source) name: Text,
    pub(in crate::source) fields: Vec<Field>,
}

/// What variables give to each component.
pub(in crate::source) fn fragments(variables: &[Assigned], format: InputFormat) -> Vec<Document> {
    let used = not_put_into_others(variables);
    // `INSTALL_K3S_EXEC="server --kube-apiserver-arg=…"`.
    let handed_on = used.iter().flat_map(|variable| handed_on(&evaluated(&variable.fields), format));
    let mut documents: Vec<Document> = handed_on.map(Document::Invocation).collect();
    if !documents.is_empty() {
        return documents;
    }
    let components = Component::ALL;
    for component in components {
        let mut fields: Vec<Field> = Vec::new();
        let mut names: Vec<&Text> = Vec::new();
        for variable in &used {
            let first = variable.fields.iter().find(|field| !stands_for_words(field));
            let flags = first.is_some_and(|field| program::flag_name(field.text.as_str()).is_some());
            if flags && component_of(variable) == Some(component) && !variable.fields.is_empty() {
                fields.extend(variable.fields.iter().cloned());
                names.push(&variable.name);
            }
        }
        // A name alone is not enough: `KUBE_API_VERSION=--x` of somebody else.
        let known =
            |field: &Field| program::flag_name(field.text.as_str()).is_some_and(|name| program::is_known(&name));
        let (Some(first), true) = (names.first(), fields.iter().any(known)) else { continue };
        let mut name = names.iter().take(MAXIMUM_NAMES).map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
        if names.len() > MAXIMUM_NAMES {
            name.push_str(", ...");
        }
        let whole = is_of_openrc(variables, &names, component, &fields);
        let mut invocation = Arguments::of(&fields).invocation(component, name, first.origin(), format);
        if !whole {
            invocation.completeness = Completeness::Fragment;
        }
        documents.push(Document::Invocation(invocation));
    }
    documents
}

/// Those whose words no later one has as well: with `A="--v=2"` and `B="$A --a=b"` it is B that a component gets.
fn not_put_into_others(variables: &[Assigned]) -> Vec<&Assigned> {
    let mut places: HashSet<Range<usize>> = HashSet::new();
    let mut used: Vec<&Assigned> = Vec::new();
    for variable in variables.iter().rev() {
        let own: Vec<_> = variable.fields.iter().map(|field| field.text.origin().range()).collect();
        if own.is_empty() || !own.iter().all(|place| places.contains(place)) {
            used.push(variable);
        }
        places.extend(own);
    }
    used.reverse();
    used
}

/// Whether they are all of a service's arguments: `command_args` beside the `command` that gets them, or of a file in
/// /etc/conf.d where they say so themselves (OpenRC, sh/supervise-daemon.sh).
fn is_of_openrc(variables: &[Assigned], names: &[&Text], component: Component, fields: &[Field]) -> bool {
    let is_command = |variable: &Assigned| {
        let program = variable.fields.last().and_then(|field| program::component(field.text.as_str()));
        variable.name.as_str() == "command" && program == Some(component)
    };
    let has = |name: &str| fields.iter().any(|field| program::flag_name(field.text.as_str()).as_deref() == Some(name));
    names.iter().all(|name| name.as_str() == "command_args")
        && !fields.iter().any(stands_for_words)
        && (variables.iter().any(is_command) || program::starts_with(component, has))
}

/// `$MORE` may stand for any flag.
fn stands_for_words(field: &Field) -> bool {
    let word = field.text.as_str();
    program::flag_name(word).is_none() && (field.opaque || word.contains('$'))
}

/// OpenRC evaluates `command_args="server '--kube-apiserver-arg=…'"` once more (its sh/supervise-daemon.sh).
fn evaluated(fields: &[Field]) -> Vec<Field> {
    let words = |field: &Field| {
        let is_quoted = field.text.as_str().starts_with(['\'', '"']);
        if is_quoted { shell::words(&field.text).0 } else { vec![field.clone()] }
    };
    fields.iter().flat_map(words).collect()
}

/// By the variable's name, else by its flags.
fn component_of(variable: &Assigned) -> Option<Component> {
    let name = variable.name.as_str().to_ascii_uppercase();
    if name.contains("SCHEDULER") {
        Some(Component::KubeScheduler)
    } else if name.contains("CONTROLLER") {
        Some(Component::KubeControllerManager)
    } else if name.contains("API") {
        Some(Component::KubeApiserver)
    } else if name.contains("KUBELET") || name.contains("PROXY") {
        None
    } else {
        program::component_of_flags(variable.fields.iter().map(|field| field.text.as_str()))
    }
}
