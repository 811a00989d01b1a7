# The dashboard's pages in one source file of the module `admin`. Modules of JavaScript: lowest first.
set(modules
    secret.js api.js dom.js format.js states.js rates.js handlers.js icon.js headline.js
    budget.js theme.js poller.js data_table.js delivery_tables.js
    counters.js history.js figures.js log_panel.js
    reshard_panel.js shard_grid.js shard_legend.js shard_details.js shard_view.js dashboard.js)
set(sign_in_modules secret.js theme.js sign_in.js)

set(folder "${CMAKE_CURRENT_LIST_DIR}")
set(cpp "${CMAKE_CURRENT_BINARY_DIR}/dashboard_pages.cpp")
set(pages "${PROJECT_BINARY_DIR}/dashboard")
set(inputs embed.cmake index.html dashboard.css sign_in.html sign_in.css sign_in.js ${modules})
list(TRANSFORM inputs PREPEND "${folder}/")
list(JOIN modules "|" modules_argument)
list(JOIN sign_in_modules "|" sign_in_argument)
add_custom_command(
  OUTPUT "${cpp}"
  BYPRODUCTS "${pages}/dashboard.html" "${pages}/sign_in.html" "${pages}/policies.json"
  COMMAND
    "${CMAKE_COMMAND}" -D "source=${folder}" -D "modules=${modules_argument}" -D
    "sign_in_modules=${sign_in_argument}" -D "pages=${pages}" -D "cpp=${cpp}" -P
    "${folder}/embed.cmake"
  DEPENDS ${inputs}
  VERBATIM)
target_sources(gatehouse_admin PRIVATE "${cpp}")
