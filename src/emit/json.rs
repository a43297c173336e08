//! For programs.

use serde::Serialize;

use super::FlagSet;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    pki_dir: String,
    flags: Vec<Flag<'a>>,
    /// The same, as the server gets them.
    arguments: Vec<String>,
}

#[derive(Serialize)]
struct Flag<'a> {
    name: &'a str,
    value: &'a str,
}

pub(super) fn write(set: &FlagSet) -> String {
    let document = Document {
        schema_version: 1,
        pki_dir: set.pki_dir.to_string(),
        flags: set.flags.iter().map(|flag| Flag { name: flag.name, value: &flag.value }).collect(),
        arguments: set.flags.iter().map(super::Flag::argument).collect(),
    };
    // Strings in arrays: there is nothing in it that JSON could not say.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use super::super::example;

    #[test]
    fn says_each_flag_twice() {
        let value: serde_json::Value = serde_json::from_str(&super::write(&example("a\"b", "/pki"))).unwrap();
        assert_eq!(value["schema_version"], 1);
        assert_eq!(value["flags"][0]["name"], "requestheader-allowed-names");
        assert_eq!(value["flags"][0]["value"], "\"a\"\"b\"");
        assert_eq!(value["arguments"][1], "--proxy-client-key-file=/pki/front-proxy-client.key");
    }
}
