//! What loggers, containers and terminals wrap around a message.
//!
//! CRI and Docker put a line into a line, JSON loggers escape its quotes, a second logger escapes the escapes, terminals
//! and ticket systems break it in the middle of a word and draw borders around it.

use std::borrow::{Borrow, Cow};
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::rc::Rc;
use std::sync::LazyLock;

use regex::Regex;

use super::object::Object;
use super::pattern::compile;
use super::told::Told;
use super::{Explanation, Telling, cut, markup, prose, wraps};
use crate::text::{floor_char_boundary, printable};

/// Longer records are cut: a line that says something says it before.
const LONGEST_RECORD: usize = 64 * 1024;

/// A line of fewer characters was not broken in the middle of a word.
const NARROWEST: usize = 30;

/// Lines that are put together at the most to make one message.
const MOST_LINES: usize = 6;

/// Colours and cursor movements (ECMA-48, control sequences), whole or with the escape character already lost.
static ESCAPES: LazyLock<Option<Regex>> =
    LazyLock::new(|| compile(r"(?:\x1b|\\x1b|\\u001b|\\033|\\e|\u{fffd})\[[0-9;?]*[A-Za-z]"));

/// What a record says, and how much that tells; shared by all records that differ in numbers alone.
type Said = Rc<(Telling, Vec<Explanation>)>;

/// Who makes something of records.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub explain: &'a dyn Fn(&str) -> (Telling, Vec<Explanation>),
    /// Whether a text may say something at all.
    pub may_speak: &'a dyn Fn(&str) -> bool,
}

/// Where numbers other than a status tell: dates that a line compares, entries and days of tables, a metric's value.
const JUDGED_BY_NUMBERS: [&str; 5] =
    ["(now=", "aggregator_unavailable_apiservice", "extension-apiserver-authentication ", " UTC ", "residualTime"];

/// What was said of records before: a log says the same a thousand times, at another time and of another address.
struct Memory<'a> {
    reader: &'a Reader<'a>,
    known: RefCell<HashMap<String, Said>>,
}

impl Memory<'_> {
    fn explain(&self, record: &str) -> Said {
        /// So many kinds of records are no log.
        const MOST: usize = 16 * 1024;

        let is_judged = JUDGED_BY_NUMBERS.iter().any(|words| record.contains(words));
        let kind = if is_judged { record.to_owned() } else { kind(record) };
        if let Some(said) = self.known.borrow().get(&kind) {
            return Rc::clone(said);
        }
        let said = Rc::new(match record.contains(wraps::UNKNOWN) {
            // Few of an editor's lines end at its last column, and all of a terminal's do.
            true => more_of([" ", ""].map(|between| self.read(&record.replace(wraps::UNKNOWN, between)))),
            false => self.read(record),
        });
        let mut known = self.known.borrow_mut();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(kind, Rc::clone(&said));
        said
    }

    /// Without the words of a title, where the message behind them says something.
    fn read(&self, record: &str) -> (Telling, Vec<Explanation>) {
        let of_message = prose::message_of(record).map(self.reader.explain).filter(|said| !said.1.is_empty());
        of_message.unwrap_or_else(|| (self.reader.explain)(record))
    }
}

/// The record without its numbers. A status stays, three digits behind a blank, a bracket, a colon or an equals sign, and so does
/// what is part of a name: `app-2`, `v1beta1`.
fn kind(record: &str) -> String {
    let bytes = record.as_bytes();
    let mut kind = String::with_capacity(record.len());
    let mut from = 0;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if !byte.is_ascii_digit() {
            at += 1;
            continue;
        }
        let digits = bytes.iter().skip(at).take_while(|byte| byte.is_ascii_digit()).count();
        let before = |distance: usize| at.checked_sub(distance).and_then(|before| bytes.get(before)).copied();
        let is_status = digits == 3 && before(1).is_none_or(|before| b" =(\"':[>".contains(&before));
        let is_letter = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphabetic());
        let is_named = is_letter(before(1)) || before(1) == Some(b'-') && is_letter(before(2));
        let stays = is_status || is_named && digits < 4;
        if !stays {
            kind.push_str(record.get(from..at).unwrap_or_default());
            kind.push('0');
            from = at + digits;
        }
        at += digits;
    }
    kind.push_str(record.get(from..).unwrap_or_default());
    kind
}

/// One line of a text, and what it says by itself.
struct Line {
    text: String,
    /// Whether it holds a word of this matter; a message that was broken still does in one of its lines.
    may_speak: bool,
    /// Whether it may belong to the line before it.
    continues: bool,
    is_blank: bool,
    alone: OnceCell<Said>,
}

impl Line {
    fn of(line: &str, reader: &Reader<'_>) -> Self {
        let text = plain(shortened(line));
        let is_blank = text.trim().is_empty() || is_frame(text.trim());
        let continues = !is_blank && !prose::begins(&text) && !cut::has_header(&text);
        let may_speak = text.contains(wraps::UNKNOWN) || (reader.may_speak)(&text);
        Self { may_speak, continues, is_blank, text, alone: OnceCell::new() }
    }

    fn alone(&self, memory: &Memory<'_>) -> &Said {
        self.alone.get_or_init(|| if self.may_speak { memory.explain(&self.text) } else { Said::default() })
    }
}

/// What the reader says of each record of a text, in order, each thing once.
///
/// A line is taken together with those behind it that no logger began, when all of them say more than each by itself.
pub(super) fn records(text: &str, reader: &Reader<'_>) -> Vec<Told> {
    let memory = Memory { reader, known: RefCell::default() };
    let text = markup::without(text);
    let mut rest = wraps::mended(&text).map(|line| Line::of(&line, reader));
    let mut window: VecDeque<Line> = rest.by_ref().take(MOST_LINES).collect();
    let mut all = All::default();
    let mut last = Said::default();
    let mut object = Object::default();
    while !window.is_empty() {
        let (best, taken) = first_record(window.make_contiguous(), &memory);
        let Some(front) = window.front() else { break };
        // A condition's reason says less than the message that stands before it.
        let is_reason = front.text.trim_start().to_ascii_lowercase().starts_with("reason:");
        if !(is_reason && best.0 < last.0) {
            let named = object.of(&best);
            all.add(named.as_ref().unwrap_or(&best), named.is_none() && Rc::ptr_eq(&best, &last), front, &memory);
            last = best;
        }
        window.drain(..taken).for_each(|line| object.read(&line.text));
        window.extend(rest.by_ref().take(taken));
    }
    all.told
}

/// What was said so far, each thing once.
#[derive(Default)]
struct All {
    told: Vec<Told>,
    /// Where a meaning is told.
    places: HashMap<String, usize>,
    /// What the record before said.
    last: Vec<usize>,
    records: usize,
}

impl All {
    fn add(&mut self, said: &Said, is_same: bool, first: &Line, memory: &Memory<'_>) {
        if !is_same {
            self.records += 1;
            let is_of_a_person = !first.alone(memory).1.is_empty() && prose::is_of_a_person(&first.text);
            let told = said.1.iter().map(|one| Told {
                explanation: Explanation { count: 0, ..one.clone() },
                record: self.records,
                telling: said.0,
                is_headless: cut::may_be_end(&first.text),
                is_of_a_person,
            });
            let told: Vec<Told> = told.collect();
            let places = told.into_iter().map(|one| self.place(one)).collect::<BTreeSet<_>>();
            self.last = places.into_iter().collect();
        }
        for place in &self.last {
            if let Some(told) = self.told.get_mut(*place) {
                told.explanation.count += 1;
            }
        }
    }

    fn place(&mut self, one: Told) -> usize {
        if let Some(place) = self.places.get(&one.explanation.meaning) {
            if let Some(told) = self.told.get_mut(*place) {
                told.is_of_a_person &= one.is_of_a_person;
            }
            return *place;
        }
        self.places.insert(one.explanation.meaning.clone(), self.told.len());
        self.told.push(one);
        self.told.len() - 1
    }
}

/// What the first line says, alone or with those behind it, and how many lines that took.
fn first_record(lines: &[Line], memory: &Memory<'_>) -> (Said, usize) {
    let Some(first) = lines.first() else { return (Said::default(), 1) };
    let mut best = Rc::clone(first.alone(memory));
    // The lines of an answer are counted from its own first one, and what was typed names others than who answers.
    if first.is_blank || prose::is_typed(&first.text) {
        return (best, 1);
    }
    let mut taken = 1;
    let mut apart = recognised(&best);
    let mut is_open = is_open(&first.text);
    let mut leads_on = leads_on(&first.text);
    for count in 2..=lines.len() {
        let Some((next, joined)) = lines.get(count - 1).zip(lines.get(..count)) else { break };
        // Some pages have a blank line where a message was broken; before one, prose ends.
        let is_prose = leads_on && best.0 == Telling::Nothing && !cut::has_header(&first.text);
        if next.is_blank && is_open && !is_prose {
            continue;
        }
        let is_body = leads_on && next.text.trim_start().starts_with('{') && !is_of_logger(&next.text);
        let is_row = joined.iter().rev().skip(1).any(|line| wraps::is_next_part(&line.text, &next.text));
        if !next.continues && !is_body || is_row {
            break;
        }
        apart += recognised(next.alone(memory));
        let was_open = std::mem::replace(&mut is_open, false);
        let led_on = std::mem::replace(&mut leads_on, self::leads_on(&next.text));
        let is_full = matches!(joined, [.., line, next] if wraps::is_broken(&line.text, &next.text));
        let both;
        (both, is_open) = whole(joined, memory);
        let of_next = next.alone(memory).0;
        let says_more = both.0 > best.0 && both.0 > of_next || recognised(&both) > apart;
        // Two causes are not one because the words of the first go on over the second.
        let may_go_on = was_open || led_on || is_full;
        let is_lost = both.1.len() < 2 && are_two(&best, next.alone(memory), &both, may_go_on);
        let says_all = both.0 >= best.0 && both.0 >= of_next && !both.1.is_empty();
        // What only stands around a cause, such as `Trying to reach: '…'`, tells of whom the line before speaks.
        let is_tail = of_next == Telling::Surroundings && best.0 > Telling::Surroundings && says_all;
        // A cause behind a colon, in a quote that is still open, or at the end of a full line, is that of what leads to it.
        let is_joined = led_on || is_full && !is_lost || was_open && (both.0 > best.0 || recognised(&both) == apart);
        if says_more && (was_open || !is_lost) || is_tail || says_all && is_joined {
            best = both;
            taken = count;
        }
        if best.0 > Telling::Surroundings && !is_open && !goes_on(lines, count) {
            break;
        }
    }
    (best, taken)
}

/// Whether a line of JSON is a record of a logger or of Docker, and no body of an answer.
fn is_of_logger(line: &str) -> bool {
    ["\"log\":", "\"level\":", "\"ts\":", "\"severity\":", "\"msg\":"].iter().any(|key| line.contains(key))
}

/// What leads to the next line, without the sentences before: they are about other things.
fn last_sentence(line: &str) -> &str {
    let begins =
        |(at, _): &(usize, &str)| line.get(at + 2..).is_some_and(|rest| rest.starts_with(|c: char| c.is_uppercase()));
    let end = line.match_indices(". ").filter(begins).last();
    end.and_then(|(at, _)| line.get(at + 2..)).filter(|_| leads_on(line) && !cut::has_header(line)).unwrap_or(line)
}

/// Whether so many lines go on in the next one: it begins inside of a sentence, and its first word had no room before it.
fn goes_on(lines: &[Line], count: usize) -> bool {
    let Some((taken, next)) = lines.split_at_checked(count) else { return false };
    let Some((last, next)) = taken.last().zip(next.first()) else { return false };
    let widest = taken.iter().map(|line| line.text.trim().len()).max().unwrap_or(0).max(next.text.trim().len());
    wraps::begins_inside(next.text.trim()) && wraps::has_no_room(&last.text, &next.text, widest)
}

/// Lines that a terminal or a ticket broke, put together, in the middle of a word or at a blank; and whether a quote,
/// bracket or sentence is still open then.
fn whole(lines: &[Line], memory: &Memory<'_>) -> (Said, bool) {
    let mut trimmed: Vec<&str> = lines.iter().filter(|line| !line.is_blank).map(|line| line.text.trim()).collect();
    if let Some(first) = trimmed.first_mut() {
        *first = last_sentence(first);
    }
    let joined = wraps::joined(&trimmed);
    // No terminal is so narrow.
    let may_break_words = trimmed.iter().rev().skip(1).all(|line| line.len() >= NARROWEST);
    let in_words = if may_break_words { trimmed.concat() } else { joined.clone() };
    let may_speak = |text: &str| lines.iter().any(|line| line.may_speak) || (memory.reader.may_speak)(text);
    let said = |text: &str| if may_speak(text) { memory.explain(text) } else { Said::default() };
    let (apart, together) = (said(&joined), said(&in_words));
    (more_of([together, apart]), is_open(&joined))
}

/// Whether each of two lines tells a cause, and one is another's matter than the other. Where the first need not go on, what tells less is
/// another's too, if both together say what one says alone: its words went on over the other's.
fn are_two(one: &Said, other: &Said, both: &Said, may_go_on: bool) -> bool {
    let whose = |said: &Said| said.1.first().map(|said| (said.about, said.printed_by.clone()));
    let is_swallowed = || [one, other].into_iter().any(|said| whose(said) == whose(both));
    let tells = |least: Telling| one.0 >= least && other.0 >= least;
    whose(one) != whose(other)
        && (tells(Telling::Cause) || !may_go_on && tells(Telling::Surroundings) && is_swallowed())
}

/// What a text says that can be read in two ways: the one that says more, and of two that say the same the second.
fn more_of<S: Borrow<(Telling, Vec<Explanation>)>>([first, second]: [S; 2]) -> S {
    let of = |said: &S| (said.borrow().0, recognised(said.borrow()));
    if of(&first) > of(&second) { first } else { second }
}

/// How many characters were recognised: of two ways to read a text the one that understands more of it is right.
fn recognised(said: &(Telling, Vec<Explanation>)) -> usize {
    said.1.iter().map(|explanation| explanation.recognised.bytes().filter(|byte| *byte != b' ').count()).sum()
}

/// A frame of a Go stack (runtime.Stack, github.com/pkg/errors), which says where and not what:
/// `helm.sh/helm/pkg/action.(*Configuration).get`, `/src/cmd/helm/helm.go:81 +0x1f`.
static FRAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(
        r"^(?:(?:created by )?[\w.~-]+(?:/[\w.~-]+)+\.(?:\(\*?\w+\)\.|\w+\.)*\w+(?:\.func\d+)*(?:\(.*\))?(?: in goroutine \d+)?|/\S+\.(?:go|s):\d+(?: \+0x[0-9a-f]+)?)$",
    )
});

fn is_frame(line: &str) -> bool {
    FRAME.as_ref().is_some_and(|frame| frame.is_match(line))
}

/// Whether a quote or a bracket is left open, or the line ends where no sentence does.
fn is_open(line: &str) -> bool {
    let count = |wanted: u8| line.bytes().filter(|byte| *byte == wanted).count();
    // A scalar of YAML: `message: 'failing ...`; elsewhere a single quote is most often an apostrophe.
    let in_scalar = line.contains(": '") && count(b'\'') % 2 == 1;
    in_scalar
        || count(b'"') % 2 == 1
        || count(b'[') > count(b']')
        || count(b'(') > count(b')')
        || line.trim_end().ends_with(',')
        || leads_on(line)
}

/// Whether a line ends where its cause is to follow.
fn leads_on(line: &str) -> bool {
    line.trim_end().ends_with([':', '='])
}

/// The line without what was wrapped around it; every escape, border, colour and curly quote is gone.
fn plain(line: &str) -> String {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'\\' && byte != b'&';
    if line.bytes().all(is_plain) && !line.contains("](http") && !line.contains("''") {
        return bare(line);
    }
    let may_have_colours = line.bytes().any(|byte| matches!(byte, 0x1b | b'\\' | 0xef));
    // A quote in a YAML scalar in quotes: `doesn''t`.
    let line: &str = &unlinked(line).replace("n''t", "n't");
    let line = match ESCAPES.as_ref() {
        Some(escapes) if may_have_colours => escapes.replace_all(line, ""),
        _ => Cow::Borrowed(line),
    };
    let mut text = line.into_owned();
    if text.contains('\\') {
        text = unescaped(&text);
    }
    if text.contains('&') {
        for (entity, character) in ENTITIES {
            text = text.replace(entity, character);
        }
    }
    if !text.is_ascii() {
        text = text.chars().map(straight).collect();
    }
    if text.bytes().any(|byte| byte.is_ascii_control()) {
        text = text.chars().map(|character| if character == '\t' { ' ' } else { character }).collect();
    }
    text.retain(|character| !character.is_control() && !matches!(character, '\u{200b}' | '\u{feff}'));
    printable::line(&bare(&text)).into_owned()
}

/// A link of Markdown whose text is its own address, as pages make of addresses that are pasted.
static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| compile(r"\[(https?://[^\]\s]+)\]\(https?://[^)\s]+\)"));

fn unlinked(line: &str) -> Cow<'_, str> {
    match LINK.as_ref() {
        Some(link) if line.contains("](http") => link.replace_all(line, "$1"),
        _ => Cow::Borrowed(line),
    }
}

/// The line without borders; the `>` of a pager that cut it stays as an ellipsis.
fn bare(line: &str) -> String {
    let text = line.trim_matches(is_border);
    let is_behind = line.trim_end().strip_suffix('>').is_some_and(|rest| rest.ends_with(text)) && !text.is_empty();
    // What closes a placeholder is none: `not <IP>`.
    let is_placeholder = text.rfind('<') > text.rfind('>');
    let end = match text.contains('<') {
        true => is_placeholder.then_some('>'),
        false => Some(cut::MARK),
    };
    text.chars().chain(end.filter(|_| is_behind)).collect()
}

/// What a page makes of quotes and brackets (HTML, section 13.5), where its source was copied.
const ENTITIES: [(&str, &str); 11] = [
    ("&quot;", "\""),
    ("&#34;", "\""),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&apos;", "'"),
    ("&#47;", "/"),
    ("&#x2F;", "/"),
    ("&nbsp;", " "),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&amp;", "&"),
];

/// As a logger writes it, and not an office program.
fn straight(character: char) -> char {
    match character {
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' | '\u{2033}' => '"',
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{2032}' => '\'',
        '\u{a0}' => ' ',
        '\u{2010}' | '\u{2011}' => '-',
        other => other,
    }
}

/// What k9s, tmux and tables draw beside a line, and what quotes it in mail and Markdown, or makes a comment of it.
fn is_border(character: char) -> bool {
    matches!(character, '\u{2500}'..='\u{259f}' | '\u{2022}' | '`' | '|' | ' ' | '>' | '*' | '+' | '#' | '\r' | '\t')
}

/// Takes escapes away layer by layer, as many as there are: `\\\"` is a quote in a string in a string.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        while characters.next_if_eq(&'\\').is_some() {}
        match characters.peek() {
            Some('n' | 'r' | 't') => {
                plain.push(' ');
                characters.next();
            }
            Some('u') => {
                characters.next();
                let code: String = characters.by_ref().take(4).collect();
                plain.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
            }
            _ => {}
        }
    }
    plain
}

fn shortened(line: &str) -> &str {
    line.get(..floor_char_boundary(line, LONGEST_RECORD)).unwrap_or(line)
}
