/**
 * The part of a lock file that a user's install brings along, as npm-shrinkwrap.json: npm takes these versions and checksums, and no newer
 * ones, wherever the package is installed.
 */
export function productionPart({ packages, ...rest }) {
  const { "": root, ...others } = packages;
  const { devDependencies, ...own } = root;
  const kept = Object.entries(others).filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true);
  return { ...rest, packages: { "": own, ...Object.fromEntries(kept) } };
}
