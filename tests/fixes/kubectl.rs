//! The objects of a cluster, and the patches that commands make of them.

use serde_json::Value;

/// Notes its arguments, each with a NUL behind it, and a line break behind the last.
pub(crate) const STUB: &str = "#!/bin/sh\nprintf '%s\\0' \"$@\" >> \"$KUBECTL_CALLS\"\necho >> \"$KUBECTL_CALLS\"\n";

/// Applies what the stub noted, but for what has changed since it was read.
#[track_caller]
pub(crate) fn apply(calls: &str, objects: &mut [Value]) -> Result<(), String> {
    for call in calls.split_terminator("\0\n") {
        let words: Vec<&str> = call.split('\0').collect();
        let after = |word: &str| words.iter().position(|other| *other == word).map(|at| words[at + 1]);
        let at = words.iter().position(|word| *word == "patch").unwrap_or_else(|| panic!("no patch: {words:?}"));
        let (kind, name) = (words[at + 1], words[at + 2]);
        let patch: Value = serde_json::from_str(after("-p").unwrap()).unwrap_or_else(|error| panic!("{error}: {call}"));
        let object = objects
            .iter_mut()
            .find(|object| {
                object["kind"].as_str().unwrap().eq_ignore_ascii_case(kind)
                    && object["metadata"]["name"] == name
                    && after("-n").is_none_or(|namespace| object["metadata"]["namespace"] == namespace)
            })
            .unwrap_or_else(|| panic!("there is no such object: {words:?}"));
        if words.contains(&"--type=merge") {
            let version = &patch["metadata"]["resourceVersion"];
            if !version.is_null() && *version != object["metadata"]["resourceVersion"] {
                return Err(format!("a conflict: {call}"));
            }
            merge(object, &patch);
        } else {
            assert!(words.contains(&"--type=json"), "{words:?}");
            patch.as_array().unwrap().iter().for_each(|operation| operate(object, operation));
        }
    }
    Ok(())
}

/// RFC 7396, section 2.
fn merge(target: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(key);
        } else {
            merge(&mut target[key], value);
        }
    }
}

/// RFC 6902, sections 4.1 and 4.2, for members of objects.
fn operate(target: &mut Value, operation: &Value) {
    let (parent, key) = operation["path"].as_str().unwrap().rsplit_once('/').unwrap();
    let parent = target.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match operation["op"].as_str().unwrap() {
        "add" => drop(parent.insert(key.to_owned(), operation["value"].clone())),
        "remove" => drop(parent.remove(key).unwrap()),
        other => panic!("{other}"),
    }
}
