//! Flags in variables whose use is not in sight: `KUBE_API_ARGS="--a=b --c=d"`.

use crate::source::arguments::Arguments;
use crate::source::environment_file::Variable;
use crate::source::shell::{Assignment, Field, Script};
use crate::source::{Completeness, Component, Document, InputFormat, Text, program, systemd};

/// What the variables of an environment file give to each component.
pub(in crate::source) fn variable_fragments(variables: &[Variable], format: InputFormat) -> Vec<Document> {
    let variables: Vec<Assigned> = variables
        .iter()
        .map(|variable| Assigned { name: variable.name.clone(), fields: systemd::split_value(&variable.value) })
        .collect();
    fragments(&variables, format)
}

/// The same for the assignments of a script. Of several to one name, the last that adds flags holds all of them or is
/// the one that counts.
pub(super) fn assignment_fragments(script: &Script, format: InputFormat) -> Vec<Document> {
    let assigned =
        |assignment: &Assignment| Assigned { name: assignment.name.clone(), fields: assignment.fields.clone() };
    let mut variables: Vec<Assigned> = Vec::new();
    for assignment in &script.assignments {
        variables.push(assigned(assignment));
    }
    fragments(&variables, format)
}

struct Assigned {
    name: Text,
    fields: Vec<Field>,
}

fn fragments(variables: &[Assigned], format: InputFormat) -> Vec<Document> {
    let components = [Component::KubeApiserver, Component::KubeControllerManager, Component::KubeScheduler];
    let mut documents = Vec::new();
    for component in components {
        let mut fields: Vec<Field> = Vec::new();
        let mut names: Vec<&Text> = Vec::new();
        for variable in variables {
            let flags = variable.fields.first().is_some_and(|field| program::flag_name(field.text.as_str()).is_some());
            if flags && component_of(variable) == Some(component) && !variable.fields.is_empty() {
                fields.extend(variable.fields.iter().cloned());
                if !names.iter().any(|name| name.as_str() == variable.name.as_str()) {
                    names.push(&variable.name);
                }
            }
        }
        // A name alone is not enough: `KUBE_API_VERSION=--x` of somebody else.
        let known =
            |field: &Field| program::flag_name(field.text.as_str()).is_some_and(|name| program::is_known(&name));
        let (Some(first), true) = (names.first(), fields.iter().any(known)) else { continue };
        let name = names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
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
