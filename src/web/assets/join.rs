//! The chat's modules as one: a page of another site asks once instead of fifteen times, one after the other, and what is
//! alike in them is packed together. Each keeps its own names; only how they import and export is written otherwise, so the
//! sources stay plain modules.

use super::without_comments;

/// The modules, those that are imported before those that import, as one module that exports what the last one does.
pub(super) fn joined<'a>(modules: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let modules: Vec<_> = modules.into_iter().collect();
    let mut out = String::new();
    for (at, (name, source)) in modules.iter().enumerate() {
        let is_last = at + 1 == modules.len();
        let source = without_comments(source);
        let mut body = String::with_capacity(source.len());
        let mut exported = Vec::new();
        for line in source.lines() {
            let line = match imported(line) {
                Some(line) => line,
                None if is_last => line.to_owned(),
                None => match line.strip_prefix("export ") {
                    Some(line) => {
                        exported.extend(declared(line));
                        line.to_owned()
                    }
                    None => line.to_owned(),
                },
            };
            body.push_str(&line);
            body.push('\n');
        }
        if is_last {
            out.push_str(&body);
        } else {
            let (module, exported) = (variable(name), exported.join(", "));
            out.push_str(&format!(
                "const {module} = (() => {{\n{body}return {{ {exported} }};\n}})();\n"
            ));
        }
    }
    out
}

/// `import { a, b as c } from "./x.js";` and `import * as x from "./x.js";` by the variable of that module.
fn imported(line: &str) -> Option<String> {
    let (what, from) = line.strip_prefix("import ")?.split_once(" from ")?;
    let module = variable(from.trim_matches(['"', ';', '.', '/']));
    Some(match what.strip_prefix("* as ") {
        Some(name) => format!("const {name} = {module};"),
        None => format!("const {} = {module};", what.replace(" as ", ": ")),
    })
}

/// `a` of `const a = …`, `function a(…`, `async function a(…`, `class a …`.
fn declared(line: &str) -> Option<&str> {
    let line = line.strip_prefix("async ").unwrap_or(line);
    let (_, rest) = line.split_once(' ')?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$');
    Some(&rest[..end.unwrap_or(rest.len())])
}

/// `dom` of `widget/dom.js` is the variable `$dom`.
fn variable(name: &str) -> String {
    let file = name.rsplit('/').next().unwrap_or(name);
    format!("${}", file.strip_suffix(".js").unwrap_or(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_keep_their_names_and_find_each_other() {
        let a = "// why\nconst own = 1;\nexport const a = own;\nexport async function b(c) {\n  return c;\n}\nexport class D {}\n";
        let b = "import { a, b as c } from \"../a.js\";\nimport * as all from \"./a.js\";\nconst own = 2;\nexport function start() {}\n";
        assert_eq!(
            joined([("a.js", a), ("widget/b.js", b)]),
            "const $a = (() => {\nconst own = 1;\nconst a = own;\nasync function b(c) {\nreturn c;\n}\nclass D {}\nreturn { a, b, D };\n})();\n\
             const { a, b: c } = $a;\nconst all = $a;\nconst own = 2;\nexport function start() {}\n"
        );
    }
}
