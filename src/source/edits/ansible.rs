//! Tasks of Ansible that change files: `lineinfile` on a manifest, a `copy` over a CA.

use super::command::Changed;
use super::{Edit, collect};
use crate::source::program::base_name;
use crate::source::yaml::{self, Entry, Node};
use crate::text::Text;

/// Modules that change a file where it is (docs.ansible.com, ansible.builtin and community.general).
const EDITING: [&str; 5] = ["lineinfile", "replace", "blockinfile", "ini_file", "patch"];

/// Modules that put another file in its place.
const COPYING: [&str; 5] = ["copy", "template", "get_url", "assemble", "file"];

/// Modules that run commands.
const RUNNING: [&str; 3] = ["shell", "command", "raw"];

/// What is said of the change.
const SAYING: [&str; 7] = ["line", "regexp", "regex", "replace", "block", "option", "value"];

/// Whether a text may be a list of tasks or plays: more than the beginning of it is not needed.
pub(super) fn may_be_tasks(text: &str) -> bool {
    let is_before = |line: &&str| line.trim().is_empty() || line.starts_with('#') || line.starts_with("---");
    let mut lines = text.lines().skip_while(is_before);
    lines.next().is_none_or(|line| line.trim_start().starts_with("- ") || line.trim() == "-")
}

pub(super) fn collect_tasks(text: &Text, found: &mut Vec<Edit>) {
    let modules = || EDITING.iter().chain(&COPYING).chain(&RUNNING);
    if !modules().any(|module| text.as_str().contains(module)) {
        return;
    }
    let mut waiting: Vec<Node> = yaml::nodes(text);
    waiting.reverse();
    while let Some(node) = waiting.pop() {
        node.entries().iter().for_each(|entry| of_entry(entry, found));
        waiting.extend(node.items().iter().rev().cloned());
        waiting.extend(node.entries().iter().rev().map(|entry| entry.value.clone()));
    }
}

/// One module and what it is given.
fn of_entry(Entry { key, value }: &Entry, found: &mut Vec<Edit>) {
    // `ansible.builtin.copy`.
    let module = key.as_str().rsplit('.').next().unwrap_or_default();
    if RUNNING.contains(&module) {
        let command = value.text().or_else(|| value.text_at(&["cmd"]));
        return command.into_iter().for_each(|command| collect(command, 1, found));
    }
    let is_copy = COPYING.contains(&module);
    if !is_copy && !EDITING.contains(&module) {
        return;
    }
    let given: Vec<(String, String)> = match value.text() {
        Some(words) => free_form(words.as_str()),
        None => value.scalars(),
    };
    let get = |names: &[&str]| given.iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| value);
    let Some(path) = get(&["path", "dest", "destfile", "name"]) else { return };
    let changed = match is_copy {
        true => {
            let source = get(&["src", "url"]).or_else(|| get(&["content"]).filter(|content| content.contains("{{")));
            let Some(source) = source else { return };
            Changed::copy_of(source.trim_end_matches(".j2"))
        }
        false => {
            Changed::edited(&SAYING.iter().filter_map(|name| get(&[name])).map(String::as_str).collect::<Vec<_>>())
        }
    };
    let end = value.entries().iter().map(|entry| entry.value.origin.clone());
    let origin = end.fold(key.origin().to(&value.origin), |origin, end| origin.to(&end));
    found.push(Edit::of_path(path, base_name(key.as_str()), &changed, &origin));
}

/// `path=/x line="a b"`.
fn free_form(words: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for word in words.split_whitespace() {
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        match (word.split_once('='), found.last_mut()) {
            (Some((name, value)), last) if is_name(name) && last.as_ref().is_none_or(|(_, last)| is_closed(last)) => {
                found.push((name.to_owned(), value.to_owned()));
            }
            (_, Some((_, last))) => {
                last.push(' ');
                last.push_str(word);
            }
            (_, None) => {}
        }
    }
    found.iter_mut().for_each(|(_, value)| *value = value.trim_matches(['"', '\'']).to_owned());
    found
}

/// Whether no quote is open at its end.
fn is_closed(value: &str) -> bool {
    ['"', '\''].iter().all(|quote| !value.starts_with(*quote) || value.len() > 1 && value.ends_with(*quote))
}

#[cfg(test)]
mod tests {
    use crate::source::edits::of_script;
    use crate::source::{Document, NoSurroundings, read};
    use crate::text::SourceFile;

    fn open(tasks: &str) -> Option<String> {
        let manifest = "kind: Pod\nspec:\n  containers:\n  - command: [kube-apiserver, --client-ca-file=/m/p/ca.crt, \
                        --requestheader-client-ca-file=/m/p/front-proxy-ca.crt]\n";
        let file = SourceFile::new("manifests/kube-apiserver.yaml", manifest);
        let mut found = read(&file, None, &NoSurroundings).unwrap();
        let Some(Document::Invocation(server)) = found.first_mut() else { panic!("{found:?}") };
        let tasks = SourceFile::new("tasks/main.yml", tasks);
        of_script(&tasks).iter().for_each(|edit| edit.leave_open_elsewhere(server));
        server.open.as_ref().map(|why| why.origin.to_string())
    }

    #[test]
    fn a_task_that_edits_a_manifest_leaves_its_server_open() {
        let at = "/etc/kubernetes/manifests/kube-apiserver.yaml";
        for task in [
            &format!("lineinfile:\n    path: {at}\n    line: x"),
            &format!("ansible.builtin.replace:\n    path: {at}\n    regexp: x"),
            &format!("blockinfile: {{dest: {at}, block: x}}"),
            &format!("lineinfile: dest={at} line=\"a b=c\" state=present"),
            "lineinfile: path={{ dir }}/kube-apiserver.yaml line=x",
            "lineinfile: {path: '{{ item }}', line: --client-ca-file=/x}",
            &format!("template: {{src: other.yaml.j2, dest: {at}}}"),
            &format!("copy: {{content: '{{{{ x }}}}', dest: {at}}}"),
            "copy: {src: ca.pem, dest: /m/p/ca.crt}",
            "file: {state: link, src: ca.crt, dest: /m/p/front-proxy-ca.crt}",
            &format!("shell: sed -i s/x/y/ {at}"),
            &format!("command:\n    cmd: cp x.yaml {at}"),
        ] {
            let tasks = format!(
                "---\n# x\n- hosts: all\n  tasks:\n  - name: x\n    block:\n    - name: y\n      {}\n",
                task.replace("\n    ", "\n        ")
            );
            assert!(open(&tasks).is_some_and(|place| place.starts_with("tasks/main.yml:")), "{tasks}");
        }
        for task in [
            "lineinfile: {path: /etc/kubernetes/kubelet.conf, line: x}",
            &format!("template: {{src: kube-apiserver.yaml.j2, dest: {at}}}"),
            &format!("copy: {{src: {at}, dest: /root/backup/kube-apiserver.yaml, remote_src: true}}"),
            &format!("copy: {{content: 'kind: Pod', dest: {at}}}"),
            &format!("file: {{path: {at}, mode: '0600'}}"),
            &format!("stat: {{path: {at}}}"),
            "copy: {src: ca.crt, dest: /m/p/}",
            "copy: {src: pki/ca.crt, dest: /m/p/ca.crt}",
        ] {
            assert_eq!(open(&format!("- name: x\n  {task}\n")), None, "{task}");
        }
        assert_eq!(open(&format!("tasks:\n  lineinfile: {{path: {at}}}\n")), None);
    }
}
