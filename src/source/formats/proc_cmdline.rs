//! `/proc/PID/cmdline`: the arguments of a running process, each ended by NUL.

use crate::source::arguments::{Arguments, program_of};
use crate::source::program::Certainty;
use crate::source::script;
use crate::source::shell::Field;
use crate::source::wrapper;
use crate::source::{Argument, Document, InputFormat, Provenance, ReadError, Surroundings};
use crate::text::Text;

pub(in crate::source) fn read(
    text: &Text,
    _surroundings: &dyn Surroundings,
) -> Result<Option<Vec<Document>>, ReadError> {
    let string = text.as_str();
    if !string.contains('\0') {
        return Ok(None);
    }
    let mut fields = Vec::new();
    let mut start = 0;
    for word in string.strip_suffix('\0').unwrap_or(string).split('\0') {
        fields.push(Field::known(text.slice(start..start + word.len())));
        start += word.len() + 1;
    }
    let Some(program) = program_of(&fields, Certainty::Sure) else {
        let mut found = script::handed_on(&fields, InputFormat::ProcCmdline);
        for nested in script::nested(&fields) {
            found.extend(nested.invocations(&nested.preset, InputFormat::ProcCmdline));
        }
        let documents: Vec<Document> = found.into_iter().map(Document::Invocation).collect();
        return Ok((!documents.is_empty()).then_some(documents));
    };
    let name = fields.get(program.word).map(|field| field.text.clone()).unwrap_or_else(|| text.slice(0..0));
    // These are the bytes that the process got; nothing is left to be expanded.
    let seen = wrapper::file_system(fields.get(..program.word).unwrap_or_default());
    let list = fields.split_off(program.arguments.min(fields.len())).into_iter();
    let list = list.map(|field| Argument { text: field.text, opaque: false, provenance: Provenance::Written });
    let arguments = Arguments { list: list.collect(), unresolved: Vec::new() };
    let mut invocation =
        arguments.invocation(program.component, program.component.name(), name.origin(), InputFormat::ProcCmdline);
    invocation.see(&seen);
    Ok(Some(vec![Document::Invocation(invocation)]))
}
