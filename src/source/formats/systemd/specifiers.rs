//! What `%i` and its kin stand for, as far as a unit's name tells (systemd.unit(5), "Specifiers").

/// What a letter behind a per cent sign stands for in a unit of this name; `None`: the host alone knows.
pub(super) fn expand(letter: char, name: &str) -> Option<String> {
    let stem = name.rsplit_once('.').map(|(stem, _)| stem)?;
    let (prefix, instance) = match stem.split_once('@') {
        // A template by itself.
        Some((_, "")) if "niIN".contains(letter) => return None,
        Some((prefix, instance)) => (prefix, instance),
        None => (stem, ""),
    };
    let last = prefix.rsplit('-').next().unwrap_or_default();
    match letter {
        'n' => Some(name.to_owned()),
        'N' => Some(stem.to_owned()),
        'p' => Some(prefix.to_owned()),
        'P' => unescaped(prefix),
        'i' => Some(instance.to_owned()),
        'I' => unescaped(instance),
        'j' => Some(last.to_owned()),
        'J' => unescaped(last),
        _ => None,
    }
}

/// systemd-escape(1), `--unescape`.
fn unescaped(name: &str) -> Option<String> {
    let plain = name.replace('-', "/");
    let mut parts = plain.split("\\x");
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(rest.bytes());
    }
    String::from_utf8(bytes).ok()
}

/// A value with all of them put in that are known.
pub(super) fn expanded(value: &str, name: &str) -> String {
    let mut result = String::with_capacity(value.len());
    let mut letters = value.chars().peekable();
    while let Some(letter) = letters.next() {
        let known = (letter == '%').then(|| expand(*letters.peek()?, name)).flatten();
        match known {
            Some(known) => {
                letters.next();
                result.push_str(&known);
            }
            None => result.push(letter),
        }
    }
    result
}
