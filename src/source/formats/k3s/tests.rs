//! The layers of k3s, with values of k3s' own tests.

use super::*;
use crate::source::{Invocation, Provenance, shell};

const UNIT: &str = "/etc/systemd/system/k3s.service";
const CONFIG_YAML: &str = "/etc/rancher/k3s/config.yaml";

/// A host's files; `named` says whether the file that is read stands on the command line.
struct Host {
    files: Vec<(&'static str, String)>,
    named: bool,
}

impl Surroundings for Host {
    fn file(&self, path: &str) -> Option<Arc<SourceFile>> {
        let path = path.replace("config.yaml.d/../", "");
        let path =
            if path.starts_with('/') { path } else { format!("/etc/rancher/k3s/{}", path.trim_start_matches("../")) };
        let (_, text) = self.files.iter().find(|(known, _)| *known == path)?;
        Some(SourceFile::new(path, text.clone()))
    }

    fn directory(&self, path: &str) -> Vec<String> {
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/etc/rancher/k3s/{}", path.trim_start_matches("../"))
        };
        let names = self.files.iter().filter_map(|(known, _)| known.strip_prefix(&path)?.strip_prefix('/'));
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort();
        names
    }

    fn is_named(&self) -> bool {
        self.named
    }
}

fn host(files: &[(&'static str, &str)]) -> Host {
    Host { files: files.iter().map(|(path, text)| (*path, (*text).to_owned())).collect(), named: false }
}

fn read_at(host: &Host, path: &str) -> Option<Vec<Invocation>> {
    let found = read(&host.file(path)?, host)?.into_iter().map(|document| match document {
        Document::Invocation(invocation) => invocation,
        other => panic!("{other:?}"),
    });
    Some(found.collect())
}

fn written(invocation: &Invocation) -> Vec<&str> {
    let written = invocation.arguments.iter().filter(|argument| argument.provenance == Provenance::Written);
    written.map(|argument| argument.text.as_str()).collect()
}

fn unit(arguments: &str) -> String {
    format!(
        "[Unit]\nDescription=Lightweight Kubernetes\n[Service]\nEnvironmentFile=-/etc/systemd/system/k3s.service.env\n\
         ExecStart=/usr/local/bin/k3s \\\n    server \\\n    {arguments}\n"
    )
}

/// k3s-io/k3s, pkg/configfilearg/testdata and parser_test.go, `TestParser_Parse`, with its slices as flags.
#[test]
fn drop_ins_replace_and_add_as_k3s_has_it() {
    let files = [
        (
            "a-slice",
            "kube-apiserver-arg:\n- a=1\n- a=2\n",
            "kube-apiserver-arg:\n- a=1\n- a=1.5\n",
            "",
            &["--a=1", "--a=1.5"][..],
        ),
        ("b-string", "v: 1\n", "kube-apiserver-arg: b=one\n", "kube-apiserver-arg+: b=two\n", &["--b=one", "--b=two"]),
        (
            "c-slice",
            "",
            "kube-apiserver-arg:\n- c=one\n- c=two\n",
            "kube-apiserver-arg+:\n- c=three\n",
            &["--c=one", "--c=two", "--c=three"],
        ),
        (
            "d-slice",
            "",
            "kube-apiserver-arg:\n- d=one\n",
            "kube-apiserver-arg:\n- d=three\n- d=four\n",
            &["--d=three", "--d=four"],
        ),
        ("e-slice", "", "", "kube-apiserver-arg+:\n- e=one\n- e=two\n", &["--e=one", "--e=two"]),
    ];
    for (name, config, first, second, expected) in files {
        let host = host(&[
            (CONFIG_YAML, config),
            ("/etc/rancher/k3s/config.yaml.d/01-data.yml", first),
            ("/etc/rancher/k3s/config.yaml.d/02-data-ignore-this.txt", "kube-apiserver-arg: x=y"),
            ("/etc/rancher/k3s/config.yaml.d/02-data.YAML", second),
            (UNIT, &unit("")),
        ]);
        let paths = host.files.iter().map(|(path, _)| *path).collect::<Vec<_>>();
        let found: Vec<Invocation> = paths.iter().filter_map(|path| read_at(&host, path)).flatten().collect();
        assert_eq!(found.iter().map(written).collect::<Vec<_>>(), [expected], "{name}");
    }
}

#[test]
fn the_command_line_comes_last_and_each_flag_keeps_its_place() {
    let command = unit("'--kube-apiserver-arg=client-ca-file=/c' --kube-apiserver-arg anonymous-auth=true");
    let host = host(&[(CONFIG_YAML, "kube-apiserver-arg:\n- client-ca-file=/a\ndata-dir: /data\n"), (UNIT, &command)]);
    assert_eq!(read_at(&host, UNIT).map(|found| found.len()), Some(0), "it is read with config.yaml");
    let found = read_at(&host, CONFIG_YAML).unwrap().remove(0);
    assert_eq!(written(&found), ["--client-ca-file=/a", "--client-ca-file=/c", "--anonymous-auth=true"]);
    let places: Vec<&str> = found
        .arguments
        .iter()
        .filter(|argument| argument.provenance == Provenance::Written)
        .map(|argument| argument.text.file().name())
        .collect();
    assert_eq!(places, [CONFIG_YAML, UNIT, UNIT]);
    assert!(found.arguments.iter().any(|argument| argument.text.as_str().contains("/data/server/tls/")));
    assert_eq!(found.open, None);
    let named = Host { named: true, ..host };
    assert_eq!(written(&read_at(&named, UNIT).unwrap()[0]).len(), 3, "somebody named it");
}

#[test]
fn without_the_unit_something_lacks() {
    let host = host(&[(CONFIG_YAML, "kube-apiserver-arg: v=2\n")]);
    let found = read_at(&host, CONFIG_YAML).unwrap().remove(0);
    assert!(found.open.unwrap().value.contains("copy /etc/systemd/system/k3s.service"));
    let unknown = unit("$K3S_ARGS");
    let of_unknown = super::tests::host(&[(CONFIG_YAML, "kube-apiserver-arg: v=2\n"), (UNIT, &unknown)]);
    assert!(read_at(&of_unknown, CONFIG_YAML).unwrap()[0].open.is_some());
}

#[test]
fn an_agent_is_no_server() {
    let agent = unit("").replace("    server", "    agent");
    let settings = "kube-apiserver-arg: requestheader-allowed-names=a\n";
    let host = host(&[(CONFIG_YAML, settings), ("/etc/systemd/system/k3s-agent.service", &agent)]);
    let documents = read(&host.file(CONFIG_YAML).unwrap(), &host).unwrap();
    let [Document::Unread(unread)] = documents.as_slice() else { panic!("{documents:?}") };
    assert_eq!(unread.reason, NotRead::OfAgent);
    let is_agent = |line: &str| {
        let (words, _) = shell::words(&Text::of(&SourceFile::new("x", line)));
        k3s_command(&words, "agent").is_some()
    };
    assert!(is_agent("/usr/local/bin/k3s agent -s x") && !is_agent("k3s server --agent-token agent"));
}

#[test]
fn a_unit_alone_gets_its_flags_from_the_environment() {
    let environment = "K3S_ARGS=--kube-apiserver-arg=v=1\n";
    let host = host(&[("/etc/systemd/system/k3s.service.env", environment), (UNIT, &unit("$K3S_ARGS"))]);
    assert_eq!(written(&read_at(&host, UNIT).unwrap()[0]), ["--v=1"]);
}

#[test]
fn the_environment_and_the_command_line_name_the_settings() {
    let environment = "K3S_CONFIG_FILE=/opt/a.yaml\nK3S_DATA_DIR=/srv/k3s\n";
    for (command, environment, expected) in [
        ("--config=/opt/a.yaml", "", "--v=1"),
        ("-c /opt/a.yaml", "", "--v=1"),
        ("-c /opt/b.yaml", environment, "--v=1"),
    ] {
        let host = host(&[
            (CONFIG_YAML, "kube-apiserver-arg: v=3\n"),
            ("/opt/a.yaml", "kube-apiserver-arg: v=1\n"),
            ("/opt/b.yaml", "kube-apiserver-arg: v=2\n"),
            ("/etc/systemd/system/k3s.service.env", environment),
            (UNIT, &unit(command)),
        ]);
        let found = read_at(&host, UNIT).unwrap().remove(0);
        assert_eq!(written(&found), [expected], "{command}");
        let in_data = found.arguments.iter().any(|argument| argument.text.as_str().contains("/srv/k3s/server/tls/"));
        assert_eq!(in_data, !environment.is_empty());
    }
}

#[test]
fn broken_settings_are_left_to_whoever_says_that_they_are() {
    let host = host(&[
        (CONFIG_YAML, "kube-apiserver-arg: [v=1\n"),
        ("/etc/rancher/k3s/config.yaml.d/1.yaml", "kube-apiserver-arg: v=2\n"),
    ]);
    assert!(read_at(&host, CONFIG_YAML).is_none());
}

#[test]
fn what_stands_by_itself_is_read_as_any_file() {
    let alone = host(&[("/srv/values.yaml", "kube-apiserver-arg: v=1\n"), ("/srv/k3s.service", &unit("--v=1"))]);
    assert!(read_at(&alone, "/srv/values.yaml").is_none());
    assert!(read_at(&alone, "/srv/k3s.service").is_none());
}

#[test]
fn settings_elsewhere_are_those_of_the_unit_that_names_them() {
    let (elsewhere, dead) = ("/opt/a.yaml", "kube-apiserver-arg: v=2\n");
    let host = host(&[(CONFIG_YAML, dead), (elsewhere, "kube-apiserver-arg: v=1\n"), (UNIT, &unit("-c /opt/a.yaml"))]);
    assert_eq!(written(&read_at(&host, UNIT).unwrap()[0]), ["--v=1"]);
    assert_eq!(read_at(&host, elsewhere).map(|found| found.len()), Some(0), "it is read with the unit");
    let open = read_at(&host, CONFIG_YAML).unwrap().remove(0).open.unwrap();
    assert!(open.value.contains("k3s.service reads its settings from /opt/a.yaml"), "{open:?}");
}

#[test]
fn a_drop_in_of_the_unit_hands_on_too() {
    let drop_in = "[Service]\nExecStart=\nExecStart=/usr/local/bin/k3s server --kube-apiserver-arg=v=3\n";
    let host = host(&[
        (CONFIG_YAML, "disable: traefik\n"),
        (UNIT, &unit("")),
        ("/etc/systemd/system/k3s.service.d/1.conf", drop_in),
    ]);
    let found: Vec<Invocation> = [CONFIG_YAML, UNIT].iter().filter_map(|path| read_at(&host, path)).flatten().collect();
    assert_eq!(found.iter().map(written).collect::<Vec<_>>(), [["--v=3"]]);
}
