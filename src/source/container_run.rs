//! Commands that run a container: which of their words is the image, and what runs in it.

use crate::kubernetes::KubernetesVersion;
use crate::source::program::{self, Program};
use crate::source::shell::Field;
use crate::text::Located;

/// Tools that run containers, with options as docker has them (docker/cli `cli/command/container/opts.go`).
pub(super) const TOOLS: [&str; 5] = ["docker", "podman", "nerdctl", "finch", "ctr"];

/// What makes a new container.
const VERBS: [&str; 2] = ["run", "create"];

/// Where the options begin of the container that a tool makes, where it makes one.
pub(super) fn options_from(behind_tool: &[&str]) -> Option<usize> {
    behind_tool.iter().position(|word| VERBS.contains(word)).map(|verb| verb + 1)
}

/// Options of `docker run` and its kin that take no value (docker/cli `cli/command/container/opts.go`).
const CONTAINER_SWITCHES: [&str; 16] = [
    "--detach",
    "--init",
    "--interactive",
    "--no-healthcheck",
    "--no-hosts",
    "--oom-kill-disable",
    "--privileged",
    "--publish-all",
    "--quiet",
    "--read-only",
    "--replace",
    "--rm",
    "--sig-proxy",
    "--tls",
    "--tty",
    "--use-api-socket",
];

/// `docker run --entrypoint=kube-apiserver IMAGE ARGUMENT…`.
pub(super) fn entry_point(fields: &[Field]) -> Option<Program> {
    const OPTION: &str = "--entrypoint";
    let words: Vec<&str> = fields.iter().map(|field| field.text.as_str()).collect();
    let option = words
        .iter()
        .position(|word| word.strip_prefix(OPTION).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')))?;
    let inline = words.get(option)?.strip_prefix("--entrypoint=");
    let entry = match inline {
        Some(_) => option,
        None => option + 1,
    };
    let image = image_behind(&words, entry + 1)?;
    let path = inline.or_else(|| words.get(entry).copied())?;
    let (word, component) = match program::component(path) {
        Some(component) => (entry, component),
        // `--entrypoint=/hyperkube IMAGE apiserver …`.
        None if path.ends_with("hyperkube") => (image + 1, program::hyperkube_component(words.get(image + 1)?)?),
        None => return None,
    };
    Some(Program { component, word, arguments: word.max(image) + 1 })
}

/// The first word that is neither an option nor an option's value.
fn image_behind(words: &[&str], start: usize) -> Option<usize> {
    let mut index = start;
    loop {
        let word = words.get(index)?;
        let short_switch = |word: &str| word.bytes().skip(1).all(|byte| b"ditPq".contains(&byte));
        let alone = word.contains('=') || CONTAINER_SWITCHES.contains(word) || short_switch(word);
        match word.strip_prefix('-') {
            None => return Some(index),
            Some(_) if alone => index += 1,
            // `-v/a:/b` holds its value.
            Some(rest) if !rest.starts_with('-') && rest.len() > 1 => index += 1,
            Some(_) => index += 2,
        }
    }
}

/// `docker run registry.k8s.io/kube-apiserver:v1.36.2 --client-ca-file=…`: the flags are those of the image's own program.
pub(super) fn image_program(words: &[&str]) -> Option<Program> {
    let tool = words.iter().position(|word| TOOLS.contains(&program::base_name(word)))?;
    let image = image_behind(words, tool + 1 + options_from(words.get(tool + 1..)?)?)?;
    let flags = words.get(image + 1..)?;
    let is_ours = |word: &&str| program::flag_name(word).is_some_and(|name| program::is_known(&name));
    if !flags.first()?.starts_with('-') || !flags.iter().any(is_ours) {
        return None;
    }
    let component = program::component_of_image(words.get(image)?)
        .or_else(|| program::component_of_flags(flags.iter().copied()))?;
    Some(Program { component, word: image, arguments: image + 1 })
}

/// The version in an image's tag among the words: `docker run … hyperkube:v1.8.4 /hyperkube apiserver`.
pub(super) fn image_version(fields: &[Field]) -> Option<Located<KubernetesVersion>> {
    fields.iter().find_map(|field| {
        let text = field.text.as_str();
        let tag = text.rfind(':')?;
        let image = text.get(..tag)?.rsplit('/').next()?;
        let ours = program::component(image).is_some() || image.starts_with("hyperkube");
        let version = text.get(tag + 1..)?.split('_').next()?.parse().ok()?;
        ours.then(|| Located::new(version, field.text.slice(tag + 1..text.len()).origin()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::Component;
    use crate::source::arguments::program_of;
    use crate::source::shell::testing::fields;

    #[test]
    fn an_entry_point_gets_what_stands_behind_the_image() {
        for (line, first) in [
            ("docker run -d --entrypoint=kube-apiserver k8s/kube-apiserver:v1 --v=2", "--v=2"),
            ("docker run --entrypoint /usr/bin/kube-apiserver -v /a:/b --net host -it image --v=2", "--v=2"),
            ("podman run --rm --entrypoint=/hyperkube -p1:1 hyperkube:v1.8.4 apiserver --v=2", "--v=2"),
        ] {
            let fields = fields(line);
            let program = program_of(&fields, program::Certainty::Guess).unwrap();
            assert_eq!(program.component, Component::KubeApiserver, "{line}");
            assert_eq!(fields[program.arguments].text.as_str(), first, "{line}");
        }
        for (line, first) in [
            (
                "docker run -d registry.k8s.io/kube-apiserver:v1.36.2 --client-ca-file=/ca.crt",
                Some("--client-ca-file=/ca.crt"),
            ),
            ("podman run k8s/kube-apiserver-amd64@sha256:0 --client-ca-file /ca.crt", Some("--client-ca-file")),
            ("podman run mine:1 --proxy-client-cert-file=/c --client-ca-file=/a", Some("--proxy-client-cert-file=/c")),
            ("docker run k8s/kube-apiserver:v1 --version", None),
            ("docker run mine:1 --client-ca-file=/a", None),
        ] {
            let fields = fields(line);
            let program = program_of(&fields, program::Certainty::Guess);
            assert_eq!(program.map(|found| fields[found.arguments].text.as_str()), first, "{line}");
        }
        assert!(program_of(&fields("docker run --entrypoint=sh image --v=2"), program::Certainty::Guess).is_none());
    }
}
