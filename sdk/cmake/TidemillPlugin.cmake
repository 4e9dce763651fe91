# tidemill_add_plugin(<name> SOURCES <file>... [LINKS <library>...])
#   Builds <name>.so from C or C++: one exported symbol, nothing undefined, able to live beside another
#   version of itself. The target is called plugin_<name>. It lies in TIDEMILL_PLUGIN_DIRECTORY if that
#   is set, else in the build folder.
set(TIDEMILL_PLUGIN_MAP ${CMAKE_CURRENT_LIST_DIR}/plugin.map)

function(tidemill_add_plugin name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  set(target plugin_${name})
  add_library(${target} MODULE ${ARG_SOURCES})
  set_target_properties(
    ${target}
    PROPERTIES PREFIX ""
               OUTPUT_NAME ${name}
               SUFFIX .so
               C_VISIBILITY_PRESET hidden
               CXX_VISIBILITY_PRESET hidden
               VISIBILITY_INLINES_HIDDEN ON
               LINK_DEPENDS ${TIDEMILL_PLUGIN_MAP})
  if(TIDEMILL_PLUGIN_DIRECTORY)
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${TIDEMILL_PLUGIN_DIRECTORY})
  endif()
  target_compile_features(${target} PRIVATE c_std_11 cxx_std_20)
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_libraries(${target} PRIVATE Tidemill::sdk ${ARG_LINKS})
  target_link_options(${target} PRIVATE LINKER:--version-script=${TIDEMILL_PLUGIN_MAP} LINKER:--exclude-libs,ALL)
  if(NOT TIDEMILL_SANITIZE AND NOT "${CMAKE_CXX_FLAGS} ${CMAKE_C_FLAGS}" MATCHES "-fsanitize")
    # A sanitizer's own symbols come with the program that loads the plugin.
    target_link_options(${target} PRIVATE LINKER:-z,defs)
  endif()
endfunction()
