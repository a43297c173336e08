//! Which of our programs a command line runs, and whose flags a list of flags is.

use crate::kubernetes::{Component, flags};

/// The program in a list of words, and where its arguments begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) component: Component,
    /// The word that names it.
    pub(super) word: usize,
    pub(super) arguments: usize,
}

/// How sure the words are to be a command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// It is one: a unit's `ExecStart=`, a process's arguments.
    Sure,
    /// Any line of a text.
    Guess,
}

/// Commands that run the one behind them as it stands there.
const WRAPPERS: [&str; 9] = ["exec", "sudo", "nohup", "time", "env", "command", "setsid", "$", "&"];

/// Commands that ask about services, or start and stop them.
const MANAGERS: [&str; 4] = ["systemctl", "journalctl", "service", "rc-service"];

/// The component that a path or an image's entry point runs.
pub(super) fn component(path: &str) -> Option<Component> {
    match base_name(path) {
        "kube-apiserver" => Some(Component::KubeApiserver),
        "kube-controller-manager" => Some(Component::KubeControllerManager),
        "kube-scheduler" => Some(Component::KubeScheduler),
        _ => None,
    }
}

/// The component that an image is of: `kube-apiserver:v1.36.2`, `kube-apiserver-amd64`, but not `kube-apiserver-proxy`.
pub(super) fn component_of_image(image: &str) -> Option<Component> {
    const ARCHITECTURES: [&str; 6] = ["", "-amd64", "-arm64", "-arm", "-ppc64le", "-s390x"];
    let name = image.rsplit('/').next()?.split([':', '@']).next()?;
    Component::ALL
        .into_iter()
        .find(|component| name.strip_prefix(component.name()).is_some_and(|rest| ARCHITECTURES.contains(&rest)))
}

/// Whether a word runs the command behind it.
pub(super) fn is_wrapper(word: &str) -> bool {
    WRAPPERS.contains(&word)
}

/// Whether a path is that of a shell.
pub(super) fn is_shell(path: &str) -> bool {
    ["sh", "bash", "ash", "dash", "zsh", "ksh"].contains(&base_name(path))
}

/// What `hyperkube` runs.
pub(super) fn hyperkube_component(name: &str) -> Option<Component> {
    match name {
        "apiserver" => Some(Component::KubeApiserver),
        "controller-manager" => Some(Component::KubeControllerManager),
        "scheduler" => Some(Component::KubeScheduler),
        _ => component(name),
    }
}

/// The script among the words of a shell's command: `sh -c SCRIPT`, `bash -euo pipefail -c SCRIPT` (sh(1p), SYNOPSIS: it is
/// the first word that is neither an option nor an option's value).
pub(super) fn script(words: &[&str]) -> Option<usize> {
    let is_option = |word: &str| word.len() > 1 && word.starts_with(['-', '+']) && !word.starts_with("--");
    let has = |word: &str, letter: char| is_option(word) && word.contains(letter);
    let mut at =
        words.iter().position(|word| has(word, 'c') && word.bytes().skip(1).all(|b| b.is_ascii_alphabetic()))?;
    while words.get(at).is_some_and(|word| is_option(word)) {
        at += if words.get(at).is_some_and(|word| has(word, 'o')) { 2 } else { 1 };
    }
    at += usize::from(words.get(at) == Some(&"--"));
    (at < words.len()).then_some(at)
}

/// The last part of a path; `command=/usr/bin/x` of supervisor and `--exec=/x` of rkt are paths too.
pub(super) fn base_name(path: &str) -> &str {
    let name = path.rsplit(['/', '\\', '=']).next().unwrap_or_default();
    name.strip_suffix(".exe").unwrap_or(name)
}

/// The program that the words run. `unknown` says which words stand for anything (`$KUBE_API_ARGS`).
pub(super) fn find(words: &[&str], certainty: Certainty, unknown: impl Fn(usize) -> bool) -> Option<Program> {
    let mut found = None;
    let wrappers = words.iter().take_while(|word| WRAPPERS.contains(word)).count();
    let ours = |word: &&str| flag_name(word).is_some_and(|name| is_known(&name));
    let last_of_ours = words.iter().rposition(ours);
    let unknown_from = words.len() - (0..words.len()).rev().take_while(|index| unknown(*index)).count();
    for (index, word) in words.iter().enumerate() {
        // What stands behind is the name of a unit.
        if MANAGERS.contains(&base_name(word)) {
            break;
        }
        let Some(program) = program_at(words, index, word) else { continue };
        let rest = words.get(program.arguments..).unwrap_or_default();
        let first_is_argument = match rest.first() {
            Some(word) => word.starts_with('-') || unknown(program.arguments),
            None => certainty == Certainty::Sure,
        };
        let asks_for_help = matches!(rest, [only] if ["--version", "--help", "-h"].contains(only));
        if asks_for_help {
            continue;
        }
        if index == 0 && certainty == Certainty::Sure {
            return Some(program);
        }
        if !first_is_argument {
            continue;
        }
        if index <= wrappers {
            return Some(program);
        }
        // Behind something else it is a name as often as a command: `docker rm kube-apiserver --force`.
        let has_ours = last_of_ours.is_some_and(|last| last >= program.arguments);
        let all_unknown = unknown_from <= program.arguments;
        if has_ours || (all_unknown && (certainty == Certainty::Sure || !rest.is_empty())) {
            found = Some(program);
        }
    }
    found
}

fn program_at(words: &[&str], index: usize, word: &str) -> Option<Program> {
    if word.starts_with('-') && !word.starts_with("--exec=") {
        return None;
    }
    let next = |at: usize| words.get(at).copied().unwrap_or_default();
    let skip_dashes = |at: usize| if index > 0 && next(at) == "--" { at + 1 } else { at };
    if base_name(word).starts_with("hyperkube") {
        let sub_command = skip_dashes(index + 1);
        let component = hyperkube_component(next(sub_command))?;
        return Some(Program { component, word: sub_command, arguments: sub_command + 1 });
    }
    let component = component(word)?;
    Some(Program { component, word: index, arguments: skip_dashes(index + 1) })
}

/// The name of a long flag, as pflag takes it: `_` is `-`.
pub(super) fn flag_name(word: &str) -> Option<String> {
    let name = word.strip_prefix("--")?;
    let name = name.split('=').next().unwrap_or_default();
    let valid = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    (name.len() > 1 && name.chars().all(valid) || name == "v").then(|| name.replace('_', "-"))
}

/// Whether a flag's name says that one of the components is meant.
pub(super) fn is_known(name: &str) -> bool {
    flags::is_of_components(name)
}

/// Whether a word is a flag that the aggregation layer depends on. An excerpt without one is about something else.
pub(super) fn matters(word: &str) -> bool {
    flag_name(word).is_some_and(|name| flags::is_ours(&name))
}

/// A flag after which no value follows as a word of its own.
pub(super) fn is_switch(word: &str) -> bool {
    word.contains('=') || flag_name(word).is_none_or(|name| flags::is_switch(&name))
}

/// Whether flags are all of a component's, and not an excerpt of them: none of them starts without those.
pub(super) fn starts_with(component: Component, has: impl Fn(&str) -> bool) -> bool {
    match component {
        Component::KubeApiserver => has("etcd-servers") || has("storage-dir"),
        Component::KubeControllerManager | Component::KubeScheduler => has("kubeconfig") || has("config"),
        Component::ExtensionApiServer => false,
    }
}

/// Whose flags these are, when nothing else tells. `None` when they may be anybody's.
pub(super) fn component_of_flags<'a>(words: impl Iterator<Item = &'a str>) -> Option<Component> {
    flags::component_of(&words.filter_map(flag_name).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(line: &str) -> Option<(Component, usize)> {
        let words: Vec<&str> = line.split(' ').collect();
        find(&words, Certainty::Guess, |index| words[index].starts_with('$'))
            .map(|found| (found.component, found.arguments))
    }

    #[test]
    fn wrappers_are_looked_through() {
        for (line, arguments) in [
            ("kube-apiserver --v=2", 1),
            ("/opt/bin/kube-apiserver $ARGS", 1),
            ("/hyperkube apiserver --etcd-servers=x", 2),
            ("flock /var/lock/x hyperkube kube-apiserver --etcd-servers=x", 4),
            ("docker run --name kube-apiserver --net host image /hyperkube apiserver --etcd-servers=x", 9),
            ("start-stop-daemon --start --exec /usr/bin/kube-apiserver -- --etcd-servers=x", 5),
            ("rkt run image --exec=/hyperkube -- apiserver --etcd-servers=x", 6),
            ("sudo nohup kube-apiserver --secure-port 6443", 3),
        ] {
            assert_eq!(guess(line), Some((Component::KubeApiserver, arguments)), "{line}");
        }
        assert_eq!(guess("kube-scheduler --leader-elect").unwrap().0, Component::KubeScheduler);
    }

    #[test]
    fn a_name_is_no_command() {
        for line in [
            "systemctl restart kube-apiserver",
            "sudo systemctl status kube-apiserver kube-scheduler --no-pager",
            "systemctl stop kube-apiserver kube-scheduler --v=2",
            "grep kube-apiserver --color",
            "docker rm kube-apiserver --force",
            "kube-apiserver --version",
            "cp kube-apiserver kube-scheduler /usr/bin",
            "journalctl -u kube-apiserver -f",
        ] {
            assert_eq!(guess(line), None, "{line}");
        }
    }

    #[test]
    fn flags_tell_whose_they_are() {
        let of = |flags: &[&str]| component_of_flags(flags.iter().copied());
        assert_eq!(of(&["--proxy-client-cert-file=x"]), Some(Component::KubeApiserver));
        assert_eq!(of(&["--requestheader_allowed_names=x"]), Some(Component::KubeApiserver));
        assert_eq!(
            of(&["--requestheader-client-ca-file=x", "--cluster-signing-cert-file=x"]),
            Some(Component::KubeControllerManager)
        );
        assert_eq!(of(&["--requestheader-client-ca-file=x", "--kubelet-insecure-tls"]), None);
        assert_eq!(of(&["--client-ca-file=x", "--v=2"]), None);
        let foreign = ["--proxy-client-cert-file=x", "--proxy-client-ca-file=x", "--zoo-upstream=x", "--zoo-port=1"];
        assert_eq!(of(&foreign[..3]), Some(Component::KubeApiserver));
        assert_eq!(of(&foreign), None);
    }
}
