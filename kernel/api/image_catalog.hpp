#pragma once

#include <memory>

#include "groups/core/topic_catalog.hpp"
#include "metadata/image.hpp"

namespace tidemill::api {

/// The topics of an image as group coordinators see them. Any thread; keeps the image.
[[nodiscard]] std::shared_ptr<const groups::topic_catalog> make_image_catalog(
    std::shared_ptr<const metadata::image> image);

}  // namespace tidemill::api
