//! Whether the path in a script is that of a server's file, as far as the script tells it.

use super::command::Changed;
use crate::kubernetes::flags;
use crate::source::Invocation;
use crate::source::program::base_name;

/// Directories in which a node has what runs: the kubelet's and systemd's.
const OF_NODES: [&str; 2] = ["manifests", "system"];

/// The known end of a path: the parts behind the last that only the script knows when it runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Path {
    /// Nothing is before them but the root.
    is_whole: bool,
    parts: Vec<String>,
}

/// How far two paths are the same, from their ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Agreement {
    None,
    /// The names are, and the directories are not, or are not known.
    Name,
    /// So are the directories in which they lie.
    Directory,
}

impl Path {
    pub(super) fn of(path: &str) -> Self {
        let is_open = |part: &str| part.contains(['$', '`', '{', '<', '~']);
        // `host:/path` of scp.
        let path = path.find(":/").and_then(|at| path.get(at + 1..)).unwrap_or(path);
        let (directory, name) = path.rsplit_once('/').map_or((None, path), |(before, name)| (Some(before), name));
        let name = if is_open(name) { "*" } else { name };
        let before = directory.into_iter().flat_map(|directory| directory.rsplit('/'));
        let known = before.take_while(|part| !is_open(part) && *part != "..").filter(|part| !matches!(*part, "" | "."));
        let mut parts: Vec<String> = std::iter::once(name).chain(known).map(str::to_owned).collect();
        parts.reverse();
        let is_whole = path.starts_with('/')
            && !directory.is_some_and(|before| before.split('/').any(|part| is_open(part) || part == ".."));
        Self { is_whole, parts }
    }

    /// Whether no directory of it is known.
    pub(super) fn is_a_name(&self) -> bool {
        self.parts.len() == 1
    }

    /// Whether it lies where a node has what runs.
    pub(super) fn is_of_a_node(&self) -> bool {
        let directory = self.parts.iter().rev().nth(1);
        directory.is_some_and(|directory| OF_NODES.contains(&directory.as_str()))
    }

    /// Whether its directory is called so.
    pub(super) fn is_in(&self, name: &str, ending: &str) -> bool {
        self.parts.iter().rev().nth(1).is_some_and(|directory| directory.strip_suffix(ending) == Some(name))
    }

    /// Whether its name is a pattern.
    pub(super) fn is_a_pattern(&self) -> bool {
        self.parts.last().is_none_or(|name| name.contains(['*', '?', '[']))
    }

    /// A file that was read has any directories before it: a copy of a node, a repository. Of a path that does not begin at
    /// the root, directories that are others tell of another file.
    pub(super) fn agreement(&self, file: &str) -> Agreement {
        let of_file = || file.rsplit('/').filter(|part| !matches!(*part, "" | "."));
        let is_same = |(part, of_file): &(&String, &str)| part == of_file || super::matches(part, of_file);
        let same = self.parts.iter().rev().zip(of_file()).take_while(is_same).count();
        match same {
            0 => Agreement::None,
            1 => Agreement::Name,
            _ if self.is_whole || same == self.parts.len().min(of_file().count()) => Agreement::Directory,
            _ => Agreement::None,
        }
    }
}

/// Whether a path is that of a file that a flag of a server names, and what it gets is of another file: of a path whose
/// directory is known that is any other, and of a name alone one that the server has as well (`cp ca.crt front-proxy-ca.crt`).
///
/// What comes from anywhere counts where the script is another file than the server's: a script that makes both is judged by
/// the flags in it.
pub(super) fn is_of_flags(path: &Path, changed: &Changed, is_same: bool, server: &Invocation) -> bool {
    let values = || values(server);
    let is_of_anywhere = changed.is_of_anywhere && path.is_whole && !is_same;
    let is_strict = path.is_a_name() || changed.is_whole;
    let gets_another = |file: &str| {
        let others = || values().filter(|value| *value != file);
        let is_renamed = !changed.names(base_name(file));
        match is_strict {
            true => is_renamed && others().any(|other| changed.names(base_name(other))),
            false => is_renamed || others().any(|other| changed.says(other)),
        }
    };
    let is_at = |file: &str| match path.agreement(file) {
        Agreement::Directory => !path.is_whole || path.parts == Path::of(file).parts,
        Agreement::Name => path.is_a_name(),
        Agreement::None => false,
    };
    !path.is_a_pattern() && values().any(|file| is_at(file) && (is_of_anywhere || gets_another(file)))
}

/// The paths that our flags give to a server.
pub(super) fn values(server: &Invocation) -> impl Iterator<Item = &str> {
    let ours = server.arguments.iter().map(|argument| {
        let text = argument.text.as_str();
        let flag = text.split_once('=').filter(|(flag, _)| flags::is_ours(flag.trim_start_matches('-')));
        flag.map_or(text, |(_, value)| value)
    });
    ours.filter(|value| value.starts_with('/'))
}
