//! Flags in variables whose use is not in sight: `KUBE_API_ARGS="--a=b --c=d"`.

use std::collections::HashMap;

use crate::kubernetes::Component;
use crate::source::arguments::Arguments;
use crate::source::environment_file::Variable;
use crate::source::formats::systemd;
use crate::source::shell::{Assignment, Field, Script};
use crate::source::{Completeness, Document, InputFormat, program};
use crate::text::Text;

/// Names that a fragment is called by; there may be any number.
const MAXIMUM_NAMES: usize = 8;

/// What the variables of an environment file give to each component.
pub(in crate::source) fn variable_fragments(variables: &[Variable], format: InputFormat) -> Vec<Document> {
    // The last of a name counts, in the place of the first.
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut assigned: Vec<Assigned> = Vec::new();
    for variable in variables {
        let new = Assigned { name: variable.name.clone(), fields: systemd::split_value(&variable.value) };
        let place = *places.entry(variable.name.as_str()).or_insert(assigned.len());
        match assigned.get_mut(place) {
            Some(old) => *old = new,
            None => assigned.push(new),
        }
    }
    fragments(&assigned, format)
}

/// The same for what a script's variables hold at its end.
pub(super) fn assignment_fragments(script: &Script, format: InputFormat) -> Vec<Document> {
    let assigned =
        |assignment: &Assignment| Assigned { name: assignment.name.clone(), fields: assignment.fields.clone() };
    fragments(&script.assignments.iter().map(assigned).collect::<Vec<_>>(), format)
}

struct Assigned {
    name: Text,
    fields: Vec<Field>,
}

fn fragments(variables: &[Assigned], format: InputFormat) -> Vec<Document> {
    let components = Component::ALL;
    let mut documents = Vec::new();
    for component in components {
        let mut fields: Vec<Field> = Vec::new();
        let mut names: Vec<&Text> = Vec::new();
        for variable in variables {
            let flags = variable.fields.first().is_some_and(|field| program::flag_name(field.text.as_str()).is_some());
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
        let mut invocation = Arguments::of(&fields).invocation(component, name, first.origin(), format);
        invocation.completeness = Completeness::Fragment;
        documents.push(Document::Invocation(invocation));
    }
    documents
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
