//! Which files a command changes, and by what.

use std::sync::Arc;

use memchr::memmem;

use crate::kubernetes::flags;
use crate::source::Invocation;
use crate::source::mention;
use crate::source::program::{base_name, is_wrapper};
use crate::source::shell::{Field, Redirection};

use super::readers;

/// Programs that change files where they are, with `-i`.
const EDITORS: [&str; 8] = ["sed", "gsed", "yq", "perl", "ruby", "awk", "gawk", "ssed"];

/// Programs that do so without.
const CHANGERS: [&str; 4] = ["patch", "ed", "ex", "sponge"];

/// Programs that put one file in another's place.
pub(super) const COPIERS: [&str; 6] = ["cp", "mv", "install", "ln", "rsync", "scp"];

/// What stands before yq's expression, if anything.
const YQ_COMMANDS: [&str; 5] = ["e", "eval", "ea", "eval-all", "w"];

/// What stands for files that are named elsewhere: `xargs sed -i`.
pub(super) const SOME_FILE: &str = "<a file>";

/// How the names of files end that are written anew and may be a server's: of others, logs are most.
const WRITTEN: [&str; 9] = [".yaml", ".yml", ".json", ".service", ".conf", ".env", ".crt", ".pem", ".cer"];

/// A word of a command line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    /// Part of it is known only when the script runs.
    is_open: bool,
}

impl<'a> Word<'a> {
    pub(super) fn of(field: &'a Field) -> Self {
        Self { text: field.text.as_str(), is_open: field.opaque }
    }

    /// Of a line that need not be a shell's, without what other languages put around it.
    pub(super) fn of_line(word: &'a str) -> Self {
        let quotes = ['"', '\'', '`', ';', ')', ',', ']', '}'];
        let text = word.trim_start_matches(['(', '[', '{']).trim_matches(quotes);
        Self { text, is_open: text.contains(['$', '`']) || text.contains("{{") }
    }

    pub(super) fn is_option(&self) -> bool {
        self.text.starts_with('-') && self.text.len() > 1
    }
}

/// What a file gets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Changed {
    /// One of our flags is named.
    pub(super) is_of_flags: bool,
    /// Which part of the file it is that changes is known only when the script runs.
    pub(super) is_anything: bool,
    /// An editor does it, not lines that are put behind.
    is_edited: bool,
    /// It becomes a copy of another file, or a link to it.
    pub(super) is_copy: bool,
    /// It is written anew, by a command that may get it from anywhere.
    pub(super) is_whole: bool,
    /// From where it gets that is not told: what comes may be anything.
    pub(super) is_of_anywhere: bool,
    /// What it gets stands in the script, or a program that is not known has it: of other files than the script's own.
    pub(super) is_loose: bool,
    /// It is a directory, into which the copy comes by its own name.
    pub(super) is_directory: bool,
    /// What is said of it, without what a regular expression needs.
    words: Arc<str>,
}

impl Changed {
    fn of(words: &[Word<'_>], is_anything: bool, body: &str) -> Self {
        let body = Some(body).filter(|body| !body.is_empty());
        let said: Vec<&str> = words.iter().map(|word| word.text).chain(body).collect();
        let words = said.join(" ").replace('\\', "");
        Self { is_of_flags: names_a_flag(&words), is_anything, words: words.into(), ..Self::default() }
    }

    /// What an editor is told in so many words.
    pub(super) fn edited(said: &[&str]) -> Self {
        let said: Vec<Word<'_>> = said.iter().map(|text| Word { text, is_open: false }).collect();
        Self { is_edited: true, ..Self::of(&said, false, "") }
    }

    /// The file becomes that of another path.
    pub(super) fn copy_of(source: &str) -> Self {
        Self { is_copy: true, ..Self::of(&[Word { text: source, is_open: false }], false, "") }
    }

    /// What a program that is not known may do to a file that is one of its words.
    pub(super) fn touched(words: &[Word<'_>]) -> Self {
        Self { is_whole: true, is_of_anywhere: true, is_loose: true, ..Self::of(words, false, "") }
    }

    /// The path of what is copied.
    pub(super) fn source(&self) -> Option<&str> {
        self.is_copy.then_some(&*self.words)
    }

    /// Whether a part of the name of a file is among what an editor is told: `s#front-proxy-ca\\.#ca.#`.
    pub(super) fn has_part_of(&self, path: &str) -> bool {
        let name = base_name(path);
        let parts = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| part.len() >= 4);
        self.is_edited && parts.into_iter().any(|part| self.words.contains(part))
    }

    /// Whether it may be of a server whose file is told by a pattern, or not at all.
    pub(super) fn concerns(&self, server: &Invocation) -> bool {
        self.is_of_flags || self.is_anything || self.has_value_of(server)
    }

    /// Whether a file of this name is one of the words.
    pub(super) fn names(&self, name: &str) -> bool {
        self.words.split_whitespace().any(|word| base_name(word) == name)
    }

    /// Whether a file is one of the words, by all of its path.
    pub(super) fn says(&self, path: &str) -> bool {
        self.words.split_whitespace().any(|word| word == path)
    }

    /// Whether a path that the server is given is named.
    pub(super) fn has_value_of(&self, server: &Invocation) -> bool {
        let values = server.arguments.iter().map(|argument| argument.text.as_str());
        let values = values.map(|text| text.split_once('=').map_or(text, |(_, value)| value));
        let is_path = |value: &str| value.starts_with('/') && value.matches('/').count() > 1;
        // Of an edit, the name of a file is enough: `s#front-proxy-ca.crt#ca.crt#`.
        let is_named = |value: &str| {
            let name = base_name(value);
            self.is_edited && name.contains('.') && self.words.contains(name)
        };
        values.into_iter().any(|value| is_path(value) && (self.words.contains(value) || is_named(value)))
    }
}

/// Whether a text names one of our flags, or begins to: `s/--requestheader.*//`.
pub(super) fn names_a_flag(text: &str) -> bool {
    let of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_ours = |word: &str| flags::is_ours(&word.trim_start_matches('-').replace('_', "-"));
    mention(text.as_bytes()).is_some()
        || ["requestheader", "proxy-client", "client-ca"].iter().any(|name| text.contains(name))
        || text.split(|c| !of_name(c)).any(is_ours)
}

/// Whether any such command can stand in a text.
pub(super) fn may_edit(text: &str) -> bool {
    let is_of_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let has = |name: &str| {
        memmem::find_iter(text.as_bytes(), name).any(|at| {
            let before = at.checked_sub(1).and_then(|before| text.as_bytes().get(before));
            !is_of_word(before) && !is_of_word(text.as_bytes().get(at + name.len()))
        })
    };
    text.contains('>') || EDITORS.iter().chain(&CHANGERS).chain(&COPIERS).chain(&["tee", "dd"]).any(|name| has(name))
}

/// A file, which program changes it (none: lines are put behind its own), and by what.
pub(super) type Found<'a> = (Word<'a>, &'a str, Changed);

/// The files that a command changes. `body`: the here-documents that its pipeline has.
pub(super) fn edits<'a>(words: &[Word<'a>], redirections: &'a [Redirection], body: &str) -> Vec<Found<'a>> {
    let prints = readers::prints(words.iter().map(|word| word.text));
    let mut found = if prints { Vec::new() } else { in_place(words) };
    let appended = redirections.iter().filter(|one| one.appends).map(|one| Word::of(&one.file));
    let appended: Vec<_> = appended.chain(appended_to(words)).collect();
    // An editor that prints makes a file of another one.
    let editor =
        words.iter().find(|word| is_editor(word)).filter(|_| !prints && found.is_empty() && appended.is_empty());
    if !appended.is_empty() || editor.is_some() && !redirections.is_empty() {
        // One for all files: a here-document may be long, and the files many.
        let changed = Changed::of(words, false, body);
        let written = redirections.iter().filter(|_| editor.is_some()).map(|one| Word::of(&one.file));
        let editor = editor.map_or("", |word| base_name(word.text));
        found.extend(appended.into_iter().chain(written).map(|path| (path, editor, changed.clone())));
    }
    if found.is_empty() {
        found = overwritten(words, redirections);
        // What a here-document writes is read where it stands.
        found.iter_mut().for_each(|(_, _, changed)| changed.is_loose = !body.is_empty());
        if !prints {
            found.extend(replaced(words));
        }
    }
    found
}

/// The files of servers that a command writes anew: `> FILE`, `tee FILE`, `dd of=FILE`.
fn overwritten<'a>(words: &[Word<'a>], redirections: &'a [Redirection]) -> Vec<Found<'a>> {
    if readers::makes_certificates(words.iter().map(|word| word.text)) {
        return Vec::new();
    }
    let by =
        words.iter().find(|word| !is_wrapper(word.text)).map_or("a group of commands", |word| base_name(word.text));
    let behind = |name: &str| words.iter().position(|word| base_name(word.text) == name);
    let behind = |name: &str| behind(name).and_then(|at| words.get(at + 1..)).unwrap_or_default();
    let of_dd = behind("dd").iter().filter_map(|word| Some(Word { text: word.text.strip_prefix("of=")?, ..*word }));
    let of_tee = behind("tee").iter().filter(|word| !word.is_option()).copied();
    let in_words = words.iter().zip(words.iter().skip(1)).filter(|(operator, _)| matches!(operator.text, ">" | ">|"));
    let in_words = in_words.map(|(_, file)| *file);
    let written = redirections.iter().map(|one| Word::of(&one.file)).chain(in_words).chain(of_dd).chain(of_tee);
    // `/etc/default/kube-apiserver` has none.
    let is_setting = |path: &str| path.starts_with("/etc/") && !base_name(path).contains('.');
    let is_whole = |word: &Word<'_>| {
        (WRITTEN.iter().any(|ending| word.text.ends_with(ending)) || is_setting(word.text)) && !word.text.contains('$')
    };
    let written: Vec<Word<'a>> = written.filter(is_whole).collect();
    let of_words = || Changed { is_whole: true, is_of_anywhere: true, ..Changed::of(words, false, "") };
    let changed = if written.is_empty() { Changed::default() } else { of_words() };
    written.into_iter().map(|file| (file, by, changed.clone())).collect()
}

/// The files that become copies of others, whatever runs the copier: `ssh HOST cp A B`.
fn replaced<'a>(words: &[Word<'a>]) -> Vec<Found<'a>> {
    let Some(at) = words.iter().position(|word| COPIERS.contains(&base_name(word.text))) else { return Vec::new() };
    let program = words.get(at).map_or("", |word| base_name(word.text));
    let ends = |word: &&Word<'_>| matches!(word.text, "|" | "||" | "&&" | "&" | ";" | ">" | ">>");
    let (mut operands, mut directory) = (Vec::new(), None);
    let mut behind = words.iter().skip(at + 1).take_while(|word| !ends(word));
    while let Some(word) = behind.next() {
        match word.text {
            "-t" => directory = behind.next().copied(),
            "-d" if program == "install" => return Vec::new(),
            option if word.is_option() && has_value(program, option) => drop(behind.next()),
            _ if word.is_option() => {}
            _ => operands.push(*word),
        }
    }
    let is_told = directory.is_some() || operands.len() > 2;
    let Some(target) = directory.or_else(|| operands.pop()) else { return Vec::new() };
    let is_called = ["manifests", "pki"].contains(&base_name(target.text)) || target.text.ends_with(".d");
    let is_directory = is_told || is_called || target.text.ends_with('/');
    let changed = |source: &Word<'_>| Changed { is_directory, ..Changed::copy_of(source.text) };
    operands.iter().map(|source| (target, program, changed(source))).collect()
}

/// Whether the next word is the value of an option of a copier.
fn has_value(program: &str, option: &str) -> bool {
    let letters: &[char] = match program {
        "install" => &['m', 'o', 'g', 'S'],
        "scp" => &['i', 'o', 'P', 'F', 'l', 'c', 'J'],
        "rsync" => &['e'],
        _ => &['S'],
    };
    let is_long = ["--mode", "--owner", "--group", "--suffix", "--rsh"].contains(&option);
    is_long || !option.starts_with("--") && option.ends_with(letters)
}

fn is_editor(word: &Word<'_>) -> bool {
    EDITORS.contains(&base_name(word.text))
}

fn in_place<'a>(words: &[Word<'a>]) -> Vec<Found<'a>> {
    let first = words.iter().position(|word| !is_wrapper(word.text));
    let changer = first.filter(|at| words.get(*at).is_some_and(|word| CHANGERS.contains(&base_name(word.text))));
    let Some(at) = changer.or_else(|| words.iter().position(is_editor)) else { return Vec::new() };
    let (editor, behind) = (words.get(at).map_or("", |word| base_name(word.text)), words.get(at + 1..));
    let behind = behind.unwrap_or_default();
    let changes = |word: &Word<'_>| {
        let is_short = word.is_option() && !word.text.starts_with("--");
        is_short && word.text.contains('i') || ["--in-place", "--inplace"].iter().any(|one| word.text.starts_with(one))
    };
    if changer.is_none() && !behind.iter().any(changes) {
        return Vec::new();
    }
    let (said, mut files) = parted(editor, behind);
    if files.iter().any(|file| file.text == "{}") {
        let before = words.get(..at).unwrap_or_default();
        files.retain(|file| !matches!(file.text, "{}" | "+" | ";" | "\\;" | "\\"));
        files.extend(found_by_name(before));
    }
    if files.is_empty() && changer.is_none() {
        files.push(Word { text: SOME_FILE, is_open: true });
    }
    let is_anything = changer.is_some() || said.iter().any(|word| is_open_change(word)) || takes_a_script(behind);
    let mut changed = Changed::of(&said, is_anything, "");
    changed.is_edited = true;
    changed.is_of_flags |= editor == "yq" && [".command", ".args"].iter().any(|key| changed.words.contains(key));
    files.into_iter().map(|file| (file, editor, changed.clone())).collect()
}

/// The name that `find` looks for.
fn found_by_name<'a>(words: &[Word<'a>]) -> Option<Word<'a>> {
    let is_name = |word: &Word<'_>| matches!(word.text, "-name" | "-iname" | "-path" | "-wholename");
    let at = words.iter().position(is_name)?;
    words.get(at + 1).copied()
}

/// What an editor is told to do, and its files.
fn parted<'a>(editor: &str, words: &[Word<'a>]) -> (Vec<Word<'a>>, Vec<Word<'a>>) {
    let gives_script = |word: &Word<'_>| {
        let is_short = word.is_option() && !word.text.starts_with("--");
        is_short && word.text.ends_with(['e', 'f']) || ["--expression", "--file"].contains(&word.text)
    };
    let is_given = |word: &Word<'_>| gives_script(word) || word.text.starts_with("--expression=");
    // The first word is the script where no option has it; yq has it in any place.
    let mut is_script = EDITORS.contains(&editor) && editor != "yq" && !words.iter().any(is_given);
    let is_expression = |text: &str| text.starts_with('.') && !text.starts_with("./") || text.contains([' ', '|', '(']);
    let (mut said, mut files) = (Vec::new(), Vec::new());
    for word in words {
        let is_said = word.is_option()
            || std::mem::take(&mut is_script) && !word.text.is_empty()
            || editor == "yq" && (is_expression(word.text) || YQ_COMMANDS.contains(&word.text));
        let list = if is_said { &mut said } else { &mut files };
        list.push(*word);
        is_script |= gives_script(word);
    }
    (said, files)
}

/// `sed -f FILE`.
fn takes_a_script(words: &[Word<'_>]) -> bool {
    words.iter().any(|word| word.is_option() && !word.text.starts_with("--") && word.text.ends_with('f'))
}

/// Whether nobody knows what it changes: of `s/x/$VALUE/` that is known.
fn is_open_change(word: &Word<'_>) -> bool {
    if !word.is_open {
        return false;
    }
    let mut parts = word.text.strip_prefix('s').and_then(|rest| {
        let delimiter = rest.chars().next()?;
        Some(rest.split(delimiter).skip(1))
    });
    let pattern = parts.as_mut().and_then(Iterator::next);
    let behind: Vec<&str> = parts.into_iter().flatten().skip(1).collect();
    let is_open = |text: &str| {
        let goes_on = |c: char| c.is_ascii_alphabetic() || matches!(c, '{' | '(' | '_');
        let mut dollars = text.match_indices('$').filter_map(|(at, _)| text.get(at + 1..));
        text.contains('`') || dollars.any(|rest| rest.starts_with(goes_on))
    };
    pattern.is_none_or(is_open) || behind.into_iter().any(is_open)
}

/// The files behind `tee -a`, and behind `>>` in a line that is no shell's.
fn appended_to<'a>(words: &[Word<'a>]) -> Vec<Word<'a>> {
    let behind = |name: &str| words.iter().position(|word| base_name(word.text) == name).map(|at| at + 1);
    let tee = behind("tee").and_then(|at| words.get(at..)).unwrap_or_default();
    let appends = |word: &Word<'_>| word.text == "--append" || word.text == "-a" || word.text == "-ai";
    let mut files: Vec<Word<'a>> = match tee.iter().any(appends) {
        true => tee.iter().filter(|word| !word.is_option()).copied().collect(),
        false => Vec::new(),
    };
    let separate = words.windows(2).filter_map(|pair| match pair {
        [operator, file] if operator.text == ">>" => Some(*file),
        _ => None,
    });
    let joined = words.iter().filter_map(|word| {
        let text = word.text.strip_prefix(">>").filter(|path| !path.is_empty())?;
        Some(Word { text, ..*word })
    });
    files.extend(separate.chain(joined));
    files
}
