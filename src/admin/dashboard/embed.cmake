# cmake -D source=FOLDER -D modules=A.js|B.js|… -D sign_in_modules=… -D pages=FOLDER -D cpp=FILE -P embed.cmake
#
# Makes each page one file: its style sheet and its modules are put in place of the elements that name
# them. Modules become one script in the order given, lowest first, without their import lines and
# export words; a name that two of them declare is an error in the browser, so that tests notice.
# Writes the pages and their policies to FOLDER, for tests, and all of it as C++ to FILE.
cmake_minimum_required(VERSION 3.25)

set(digits "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

# Content Security Policy names an inline element by the SHA-256 of its text, in base64: three
# hexadecimal digits are two of base64, and 256 bits end with one character of padding.
function(policy_source out text)
  string(SHA256 hexadecimal "${text}")
  string(APPEND hexadecimal "00")
  set(base64 "")
  foreach(at RANGE 0 63 3)
    string(SUBSTRING "${hexadecimal}" ${at} 3 triple)
    math(EXPR high "0x${triple} >> 6")
    math(EXPR low "0x${triple} & 63")
    string(SUBSTRING "${digits}" ${high} 1 first)
    string(SUBSTRING "${digits}" ${low} 1 second)
    string(APPEND base64 "${first}${second}")
  endforeach()
  string(REGEX REPLACE ".$" "=" base64 "${base64}")
  set(${out} "'sha256-${base64}'" PARENT_SCOPE)
endfunction()

function(join_modules out names)
  string(REPLACE "|" ";" names "${names}")
  set(script "\n")
  foreach(name IN LISTS names)
    file(READ "${source}/${name}" text)
    string(REGEX REPLACE "(^|\n)import [^;]*;" "\\1" text "${text}")
    string(REGEX REPLACE "(^|\n)export " "\\1" text "${text}")
    string(APPEND script "// ${name}\n${text}")
  endforeach()
  if(script MATCHES "</script|<!--")
    message(FATAL_ERROR "a module has a text that ends a script element")
  endif()
  set(${out} "${script}" PARENT_SCOPE)
endfunction()

function(replace_once text_name element replacement)
  string(FIND "${${text_name}}" "${element}" position)
  if(position EQUAL -1)
    message(FATAL_ERROR "the page has no ${element}")
  endif()
  string(REPLACE "${element}" "${replacement}" text "${${text_name}}")
  set(${text_name} "${text}" PARENT_SCOPE)
endfunction()

# make_page(<prefix> <name> <modules>): sets <prefix>_html, <prefix>_style and <prefix>_script.
function(make_page prefix page style entry names)
  file(READ "${source}/${page}" html)
  file(READ "${source}/${style}" css)
  set(css "\n${css}")
  join_modules(script "${names}")
  replace_once(html "<link rel=\"stylesheet\" href=\"${style}\">" "<style>${css}</style>")
  replace_once(html "<script type=\"module\" src=\"${entry}\"></script>"
               "<script type=\"module\">${script}</script>")
  policy_source(style_source "${css}")
  policy_source(script_source "${script}")
  set(${prefix}_html "${html}" PARENT_SCOPE)
  set(${prefix}_style "${style_source}" PARENT_SCOPE)
  set(${prefix}_script "${script_source}" PARENT_SCOPE)
endfunction()

function(make_policy out scripts styles trusted_types)
  string(CONCAT policy
    "default-src 'none'; script-src ${scripts}; style-src ${styles}; img-src data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types ${trusted_types}")
  set(${out} "${policy}" PARENT_SCOPE)
endfunction()

function(raw_string out text)
  if(text MATCHES "\\)page\"")
    message(FATAL_ERROR "a page has the end of a raw string in it")
  endif()
  set(${out} "R\"page(${text})page\"" PARENT_SCOPE)
endfunction()

make_page(dashboard index.html dashboard.css dashboard.js "${modules}")
make_page(sign_in sign_in.html sign_in.css sign_in.js "${sign_in_modules}")
make_policy(dashboard_policy "${dashboard_script}" "${dashboard_style}" "'none'")
# This document becomes the dashboard, and keeps its policy then.
make_policy(sign_in_policy "${sign_in_script} ${dashboard_script}"
            "${sign_in_style} ${dashboard_style}" "sign-in")

file(WRITE "${pages}/dashboard.html" "${dashboard_html}")
file(WRITE "${pages}/sign_in.html" "${sign_in_html}")
file(WRITE "${pages}/policies.json"
     "{\"dashboard\": \"${dashboard_policy}\", \"signIn\": \"${sign_in_policy}\"}\n")

foreach(name IN ITEMS dashboard_html dashboard_policy sign_in_html sign_in_policy)
  raw_string(${name}_literal "${${name}}")
endforeach()
file(WRITE "${cpp}" "// Made by embed.cmake.
#include \"dashboard/pages.hpp\"

namespace gatehouse::admin {

web_page dashboard_page() {
  return {${dashboard_html_literal},
          ${dashboard_policy_literal}};
}

web_page sign_in_page() {
  return {${sign_in_html_literal},
          ${sign_in_policy_literal}};
}

}  // namespace gatehouse::admin
")
