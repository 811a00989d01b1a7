# cmake -D source=FOLDER -D styles=A.css|… -D modules=A.js|B.js|… -D pages=FOLDER -D cpp=FILE -P embed.cmake
#
# Makes the dashboard one file: its style sheets and its modules are put in place of the elements that
# name them. Modules become one script in the order given, lowest first, without their import lines and
# export words; a name that two of them declare is an error in the browser, so that tests notice.
# Writes the page and its policy to FOLDER, for tests, and both as C++ to FILE.
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

function(raw_string out text)
  if(text MATCHES "\\)page\"")
    message(FATAL_ERROR "the page has the end of a raw string in it")
  endif()
  set(${out} "R\"page(${text})page\"" PARENT_SCOPE)
endfunction()

file(READ "${source}/index.html" html)
set(style_sources "")
string(REPLACE "|" ";" styles "${styles}")
foreach(name IN LISTS styles)
  file(READ "${source}/${name}" css)
  set(css "\n${css}")
  replace_once(html "<link rel=\"stylesheet\" href=\"${name}\">" "<style>${css}</style>")
  policy_source(style_source "${css}")
  string(APPEND style_sources " ${style_source}")
endforeach()
join_modules(script "${modules}")
replace_once(html "<script type=\"module\" src=\"dashboard.js\"></script>"
             "<script type=\"module\">${script}</script>")
policy_source(script_source "${script}")
string(CONCAT policy
  "default-src 'none'; script-src ${script_source}; style-src${style_sources}; img-src data:; "
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
  "require-trusted-types-for 'script'; trusted-types 'none'")

file(WRITE "${pages}/dashboard.html" "${html}")
file(WRITE "${pages}/policy.txt" "${policy}")
raw_string(html_literal "${html}")
raw_string(policy_literal "${policy}")
file(WRITE "${cpp}" "// Made by embed.cmake.
#include \"dashboard/pages.hpp\"

namespace gatehouse::admin {

web_page dashboard_page() {
  return {${html_literal},
          ${policy_literal}};
}

}  // namespace gatehouse::admin
")
