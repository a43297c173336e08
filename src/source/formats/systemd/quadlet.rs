//! Containers of Quadlet (podman-systemd.unit(5)): the command of podman that its generator makes of `[Container]`.

use super::entry::Entry;
use crate::text::Text;

/// What the generator makes an option of podman of, and which.
const OPTIONS: [(&str, &str); 5] = [
    ("Volume", "--volume="),
    ("Mount", "--mount="),
    ("Tmpfs", "--tmpfs="),
    ("WorkingDir", "--workdir="),
    ("Entrypoint", "--entrypoint="),
];

/// The keys of `[Container]` that matter here.
pub(super) fn is_key(key: &str) -> bool {
    ["Exec", "Image", "Rootfs", "PodmanArgs"].contains(&key) || OPTIONS.iter().any(|(name, _)| *name == key)
}

/// `podman run OPTIONS IMAGE EXEC`, with the place of `Exec=`: its words are arguments behind the image, always.
pub(super) fn command(container: &[Entry]) -> Option<Entry> {
    let last = |key: &str| container.iter().rfind(|entry| entry.key.as_str() == key);
    let exec = last("Exec")?;
    let place = exec.key.origin();
    let mut value = Text::synthetic("podman run", &place);
    let mut behind_image = String::new();
    for entry in container {
        let Some((_, option)) = OPTIONS.iter().find(|(name, _)| *name == entry.key.as_str()) else { continue };
        let argument = entry.value.trim();
        // An entry point of several words is a list of JSON (podman-run(1), `--entrypoint`).
        match serde_json::from_str::<Vec<String>>(argument.as_str()) {
            Ok(words) if *option == "--entrypoint=" => {
                let (first, rest) = words.split_first()?;
                value.append(&Text::synthetic(format!(" {option}{first}"), &entry.key.origin()));
                rest.iter().for_each(|word| behind_image.push_str(&format!(" {}", quoted(word))));
            }
            _ => {
                value.append(&Text::synthetic(format!(" {option}"), &entry.key.origin()));
                value.append(&argument);
            }
        }
    }
    if let Some(more) = last("PodmanArgs") {
        value.append(&Text::synthetic(" ", &place));
        value.append(&more.value);
    }
    value.append(&Text::synthetic(" ", &place));
    match last("Image").or_else(|| last("Rootfs")) {
        Some(image) => value.append(&image.value.trim()),
        // A drop-in by itself.
        None => value.append(&Text::synthetic("image", &place)),
    }
    value.append(&Text::synthetic(format!("{behind_image} "), &place));
    value.append(&exec.value);
    Some(Entry { value, ..exec.clone() })
}

fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}
