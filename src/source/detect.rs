//! Which shape a file has, told by what stands in it and never by its name.

use std::sync::Arc;

use super::{
    Document, InputFormat, ReadError, SourceFile, Surroundings, Text, arguments_file, command, flag_dump, proc_cmdline,
    systemd,
};

type Reader = fn(&Text, &dyn Surroundings) -> Result<Option<Vec<Document>>, ReadError>;

/// From the shapes that nothing else looks like to the one that anything may hold.
const READERS: [(InputFormat, Reader); 5] = [
    (InputFormat::ProcCmdline, proc_cmdline::read),
    (InputFormat::FlagDump, flag_dump::read),
    (InputFormat::Systemd, systemd::read),
    (InputFormat::ArgumentsFile, arguments_file::read),
    (InputFormat::Command, command::read),
];

/// Everything of ours in a file, in the order in which it stands there. `forced` allows one reader only.
pub fn read(
    file: &Arc<SourceFile>,
    forced: Option<InputFormat>,
    surroundings: &dyn Surroundings,
) -> Result<Vec<Document>, ReadError> {
    let text = Text::of(file);
    for (format, reader) in READERS {
        if forced.is_none_or(|forced| forced == format)
            && let Some(documents) = reader(&text, surroundings)?
        {
            return Ok(documents);
        }
    }
    Err(ReadError::Unrecognised { file: file.name().to_owned() })
}
