//! Files whose replacement a running server does not notice.

use crate::lint::prelude::*;
use crate::model::WatchedFile;
use crate::text::operand;

pub(super) static RULE: Rule = Rule {
    id: "reload-watch-dead",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/reload-watch-dead.md"),
    checks: &[Check::Server(|setup, _| judge(setup).into())],
};

fn judge(setup: &Setup) -> Judged {
    if setup.watched.is_empty() {
        return Err(not_applicable("no file of the front proxy was seen where the server has it"));
    }
    let hard_links = setup.watched.iter().filter(|file| file.hard_links > 1).map(hard_link);
    let mut findings: Vec<Finding> = hard_links.collect();
    for file in &setup.watched {
        let Some(link) = &file.link else { continue };
        let link = link.display().to_string();
        // All files are in one directory most often, and one swap concerns all of them.
        if !findings.iter().any(|finding| finding.identity == [link.clone()]) {
            findings.push(linked(setup, file, link));
        }
    }
    Ok(findings)
}

fn hard_link(file: &WatchedFile) -> Finding {
    let WatchedFile { path, hard_links, .. } = file;
    Finding::warning(format!("{path} has {hard_links} hard links: changes of it are not noticed"))
        .at(&file.origin, format!("{hard_links} hard links"))
        .consequence(
            "When another file is renamed over it, its inode lives on under the other name, and kube-apiserver goes \
             on watching that one: it notices the first change and none after it.",
        )
        .fix(
            Fix::from("Find its other names, keep what is needed of them as copies (cp -p), and remove them.")
                .command(&["find", "/", "-xdev", "-samefile", &operand(path)]),
        )
        .identity([path.clone()])
}

fn linked(setup: &Setup, file: &WatchedFile, link: String) -> Finding {
    let (what, fix) = if link == file.path {
        let fix = format!("Name the file that {link} leads to, or put a copy in its place, and replace that.");
        (format!("{link} is a symbolic link"), fix)
    } else {
        // A flag with another path would name what is in no volume of the container.
        let fix = match setup.invocation.mounts.is_empty() {
            true => format!("Name the directory that {link} leads to, and replace the files in it."),
            false => format!(
                "In the hostPath of the volume (not in the flags, nor in mountPath) name the directory that {link} leads to, and \
                 replace the files in it."
            ),
        };
        (format!("{} is below {link}, a symbolic link", file.path), fix)
    };
    Finding::warning(format!("{what}: its swap is not noticed"))
        .at(&file.origin, format!("{link} is a symbolic link"))
        .consequence(
            "kube-apiserver watches the inode of the file, which a swap of the link does not touch: it goes on with \
             the old certificates until it is restarted, unless the old file is removed.",
        )
        .fix(fix)
        .identity([link])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, PROXY_CLIENT_KEY, check};
    use crate::source::Mount;

    fn with(change: impl FnOnce(&mut WatchedFile)) -> Setup {
        let mut setup = Cluster::new().server().setup();
        change(setup.watched.first_mut().unwrap());
        setup
    }

    #[test]
    fn fails_when_a_file_has_another_name() {
        check(&RULE, with(|file| file.hard_links = 2)).expect_finding().says("front-proxy-ca.crt has 2 hard links");
    }

    #[test]
    fn fails_once_for_a_linked_directory() {
        let mut setup = Cluster::new().server().setup();
        assert_eq!(setup.watched.len(), 3);
        setup.watched.iter_mut().for_each(|file| file.link = Some("/etc/kubernetes/pki".into()));
        check(&RULE, &setup).expect_finding().says("below /etc/kubernetes/pki, a symbolic link");
    }

    /// The container has the paths of its volumes alone.
    #[test]
    fn the_flags_of_a_pod_stay() {
        let mut setup = Cluster::new().server().setup();
        setup.watched.iter_mut().for_each(|file| file.link = Some("/etc/kubernetes/pki".into()));
        let is_in_volume =
            |setup: &Setup| check(&RULE, setup).expect_finding().fix.sentence.contains("not in the flags");
        assert!(!is_in_volume(&setup));
        let pki = Some("/etc/kubernetes/pki".to_owned());
        setup.invocation.mounts =
            vec![Mount { container_path: "/etc/kubernetes/pki".to_owned(), host_path: pki, volume: None }];
        assert!(is_in_volume(&setup));
    }

    #[test]
    fn fails_for_a_file_that_is_a_link() {
        let setup = with(|file| file.link = Some(file.path.clone().into()));
        check(&RULE, &setup).expect_finding().says("front-proxy-ca.crt is a symbolic link: its swap is not noticed");
    }

    #[test]
    fn passes_with_files_of_their_own() {
        check(&RULE, with(|_| {})).expect_pass();
        check(&RULE, Cluster::new().server().without_file(PROXY_CLIENT_KEY)).expect_pass();
    }

    #[test]
    fn does_not_apply_where_no_file_is_seen() {
        let mut setup = with(|_| {});
        setup.watched.clear();
        check(&RULE, &setup).expect_not_applicable();
    }
}
