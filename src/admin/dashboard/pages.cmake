# The dashboard in one source file of the module `admin`. Modules of JavaScript: lowest first.
set(modules
    secret.js api.js dom.js format.js states.js absences.js rates.js handlers.js icon.js headline.js
    sign_in.js budget.js theme.js poller.js data_table.js delivery_tables.js
    counters.js history.js figures.js incidents.js log_panel.js
    reshard_panel.js shard_grid.js shard_legend.js shard_details.js shard_view.js dashboard.js)

set(styles page.css shards.css lists.css narrow.css)

set(folder "${CMAKE_CURRENT_LIST_DIR}")
set(cpp "${CMAKE_CURRENT_BINARY_DIR}/dashboard_pages.cpp")
set(pages "${PROJECT_BINARY_DIR}/dashboard")
set(inputs embed.cmake index.html ${styles} ${modules})
list(TRANSFORM inputs PREPEND "${folder}/")
list(JOIN modules "|" modules_argument)
list(JOIN styles "|" styles_argument)
add_custom_command(
  OUTPUT "${cpp}"
  BYPRODUCTS "${pages}/dashboard.html" "${pages}/policy.txt"
  COMMAND "${CMAKE_COMMAND}" -D "source=${folder}" -D "styles=${styles_argument}" -D
          "modules=${modules_argument}" -D "pages=${pages}" -D "cpp=${cpp}" -P "${folder}/embed.cmake"
  DEPENDS ${inputs}
  VERBATIM)
target_sources(gatehouse_admin PRIVATE "${cpp}")
